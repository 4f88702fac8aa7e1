"""LangChain's ChatOpenAI, over Chat Completions or, where `responses` says so, over Responses."""

from examples import Ship, weather
from langchain_core.documents import Document
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

WEATHER = tool(weather)


def model(responses, name="pirate"):
    """By OPENAI_BASE_URL and OPENAI_API_KEY."""
    return ChatOpenAI(model=name, use_responses_api=responses, stream_usage=True, max_retries=0)


def chat(tell, responses):
    answer = model(responses).invoke([("system", "Be brief."), ("human", "Hello")])
    return {"text": answer.text, "tokens": answer.usage_metadata["total_tokens"]}


def streamed(tell, responses):
    whole = None
    for chunk in model(responses).stream("Hello"):
        whole = chunk if whole is None else whole + chunk
        tell(whole.text)
    return {"text": whole.text, "tokens": whole.usage_metadata["total_tokens"]}


def functions(tell, responses):
    bound = model(responses).bind_tools([WEATHER])
    said = [HumanMessage("Is it warm?")]
    said.append(bound.invoke(said))
    said += [ToolMessage(WEATHER.invoke(call["args"]), tool_call_id=call["id"]) for call in said[-1].tool_calls]
    return {"arguments": [call["args"] for call in said[1].tool_calls], "text": bound.invoke(said).text}


def stored(tell):
    """The same with responses that the site keeps: only what is new is sent."""
    keeps = ChatOpenAI(model="pirate", use_responses_api=True, use_previous_response_id=True, store=True, max_retries=0)
    said = [HumanMessage("Is it warm?")]
    for message in (None, "Sure?"):
        said += [HumanMessage(message)] if message else []
        said.append(keeps.bind_tools([WEATHER]).invoke(said))
        said += [ToolMessage(WEATHER.invoke(call["args"]), tool_call_id=call["id"]) for call in said[-1].tool_calls]
        if said[-1].type == "tool":
            said.append(keeps.bind_tools([WEATHER]).invoke(said))
    return [said[3].text, said[5].text]


def streamed_call(tell, responses):
    whole = None
    for chunk in model(responses).bind_tools([WEATHER]).stream("Is it warm?"):
        whole = chunk if whole is None else whole + chunk
    return [call["args"] for call in whole.tool_calls]


def shaped(tell, responses):
    return model(responses).with_structured_output(Ship).invoke("Hello").model_dump()


def shaped_by_function(tell, responses):
    return model(responses).with_structured_output(Ship, method="function_calling").invoke("Hello").model_dump()


def retrieval(tell):
    embeddings = OpenAIEmbeddings(model="text-embedding-3-small", check_embedding_ctx_length=False)
    store = InMemoryVectorStore(embeddings)
    store.add_documents([Document("A sloop has one mast."), Document("A brig has two.")])
    [found] = store.similarity_search("A sloop has one mast!", k=1)
    return model(False).invoke(f"Answer by this: {found.page_content}\n\nHow many masts has a sloop?").text


def refused(tell, responses):
    model(responses, "pirate@nowhere").invoke("Hello")
