"""OpenAI's Agents SDK, over Chat Completions or, where `responses` says so, over Responses."""

import asyncio

from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool
from examples import Ship, weather
from openai import AsyncOpenAI

TOOLS = [function_tool(weather)]


def agent(responses, **fields):
    kind = OpenAIResponsesModel if responses else OpenAIChatCompletionsModel
    model = kind("pirate", AsyncOpenAI(max_retries=0))  # by OPENAI_BASE_URL and OPENAI_API_KEY
    return Agent("Sailor", instructions="Be brief.", model=model, model_settings=ModelSettings(store=False), **fields)


def functions(tell, responses):
    async def run():
        first = await Runner.run(agent(responses, tools=TOOLS), "Is it warm?")
        second = await Runner.run(agent(responses, tools=TOOLS), [*first.to_input_list(), {"role": "user", "content": "Sure?"}])
        usage = first.context_wrapper.usage
        return {"first": first.final_output, "second": second.final_output, "requests": usage.requests, "tokens": usage.total_tokens}

    return asyncio.run(run())


def streamed(tell, responses):
    async def run():
        running, text = Runner.run_streamed(agent(responses, tools=TOOLS), "Is it warm?"), ""
        async for event in running.stream_events():
            if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                text += event.data.delta
                tell(text)
        return running.final_output

    return asyncio.run(run())


def shaped(tell, responses):
    return asyncio.run(Runner.run(agent(responses, output_type=Ship), "Hello")).final_output.model_dump()


def handed_over(tell, responses):
    other = agent(responses, handoff_description="Knows ships.").clone(name="Captain")
    done = asyncio.run(Runner.run(agent(responses, handoffs=[other]), "Hello"))
    return {"agent": done.last_agent.name, "text": done.final_output}


def stored(tell):
    """A loop of functions, and another question after it, that the site keeps: only what is new is sent."""

    async def run():
        keeps = agent(True, tools=TOOLS).clone(model_settings=ModelSettings(store=True))
        first = await Runner.run(keeps, "Is it warm?", auto_previous_response_id=True)
        second = await Runner.run(keeps, "Sure?", previous_response_id=first.last_response_id)
        return [first.final_output, second.final_output]

    return asyncio.run(run())
