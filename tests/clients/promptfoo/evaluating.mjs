// promptfoo, which asks an assistant over both APIs as it asks OpenAI's models.
import { evaluate } from "promptfoo";

const site = { apiBaseUrl: process.env.OPENAI_BASE_URL, apiKey: process.env.OPENAI_API_KEY };

export async function judged(tell, { assistant, questions, expected }) {
  const evaluation = await evaluate(
    {
      prompts: ["{{question}}"],
      providers: ["chat", "responses"].map((api) => ({ id: `openai:${api}:${assistant}`, config: site })),
      tests: questions.map((question) => ({ vars: { question }, assert: [{ type: "icontains", value: expected }] })),
      writeLatestResults: false,
    },
    { cache: false, showProgressBar: false },
  );
  const { results } = await evaluation.toEvaluateSummary();
  return results.map(({ provider, vars, success, response, error }) => ({
    api: provider.id.split(":")[1],
    question: vars.question,
    success,
    text: response?.output,
    tokens: response?.tokenUsage?.total,
    error: success ? undefined : error,
  }));
}
