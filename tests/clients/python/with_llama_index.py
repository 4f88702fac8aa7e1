"""LlamaIndex's OpenAILike, which asks Chat Completions."""

import os

from examples import Ship, weather
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.llms.openai_like import OpenAILike

SITE = {"api_base": os.environ["OPENAI_BASE_URL"], "api_key": os.environ["OPENAI_API_KEY"], "max_retries": 0}


def model(name="pirate", **fields):
    return OpenAILike(model=name, is_chat_model=True, is_function_calling_model=True, **SITE, **fields)


def chat(tell):
    answer = model().chat([ChatMessage("Be brief.", role="system"), ChatMessage("Hello")])
    return {"text": answer.message.content, "tokens": answer.raw.usage.total_tokens}


def complete(tell):
    return model().complete("Hello").text


def streamed(tell):
    text = ""
    for piece in model().stream_chat([ChatMessage("Hello")]):
        text += piece.delta or ""
        tell(text)
    return text


def functions(tell):
    said = [ChatMessage("Is it warm?")]
    tool = FunctionTool.from_defaults(weather)
    called = model().chat_with_tools([tool], chat_history=said)
    said.append(called.message)
    calls = model().get_tool_calls_from_response(called)
    said += [ChatMessage(tool(**call.tool_kwargs).content, role="tool", additional_kwargs={"tool_call_id": call.tool_id}) for call in calls]
    return {"arguments": [call.tool_kwargs for call in calls], "text": model().chat(said).message.content}


def shaped(tell):
    """By a schema."""
    return model(should_use_structured_outputs=True).as_structured_llm(Ship).chat([ChatMessage("Hello")]).raw.model_dump()


def shaped_by_function(tell):
    return model().as_structured_llm(Ship).chat([ChatMessage("Hello")]).raw.model_dump()


def retrieval(tell):
    embedding = OpenAILikeEmbedding(model_name="text-embedding-3-small", **SITE)
    index = VectorStoreIndex.from_documents(
        [Document(text="A sloop has one mast."), Document(text="A brig has two.")], embed_model=embedding
    )
    return str(index.as_query_engine(llm=model(), similarity_top_k=1).query("A sloop has one mast!"))


def refused(tell):
    model("pirate@nowhere").complete("Hello")
