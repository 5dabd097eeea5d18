interface ScriptedAnswer {
  /** Matches the question. */
  about: RegExp;
  answer: string;
}

const ENGLISH_DEMO =
  'This is the demo: my answers were written beforehand, no language model is behind them.';
const KOREAN_DEMO = '지금은 데모입니다. 제 답변은 미리 준비된 것이고, 뒤에 언어 모델은 없습니다.';

const ENGLISH: readonly ScriptedAnswer[] = [
  {
    about: /\b(hello|hi|hey|good (morning|afternoon|evening))\b/i,
    answer: `Hello, and welcome to Parley! ${ENGLISH_DEMO} Ask me what Parley can do.`,
  },
  {
    about: /\b(who|what) are you\b|\byour name\b/i,
    answer: `I am the scripted voice of Parley's demo. ${ENGLISH_DEMO}`,
  },
  {
    about: /\bwhat can (you|parley|it) do\b|\bparley\b|\bfeatures?\b/i,
    answer: `Parley speaks text aloud, streams chat answers, and writes live captions for speech. ${ENGLISH_DEMO}`,
  },
  {
    about: /\b(real|model|key|openai|ollama|configure|set ?up)\b/i,
    answer: `${ENGLISH_DEMO} Set OPENAI_API_KEY, or CHAT_BASE_URL for a local model, and start Parley again. Then the answers are real.`,
  },
  { about: /\b(thanks?|thank you)\b/i, answer: `You are welcome! ${ENGLISH_DEMO}` },
];

const KOREAN: readonly ScriptedAnswer[] = [
  {
    about: /안녕|반갑|여보세요/,
    answer: `안녕하세요, Parley에 오신 것을 환영합니다! ${KOREAN_DEMO} 무엇을 할 수 있는지 물어보세요.`,
  },
  { about: /누구|이름/, answer: `저는 Parley 데모의 대본 목소리입니다. ${KOREAN_DEMO}` },
  {
    about: /무엇을|뭘|뭐|기능|할 수/,
    answer: `Parley는 글을 소리로 읽고, 대화 답변을 실시간으로 보내고, 말을 자막으로 적습니다. ${KOREAN_DEMO}`,
  },
  { about: /고마|감사/, answer: `천만에요! ${KOREAN_DEMO}` },
];

const ENGLISH_FALLBACK = `That is a good question, and I would rather not invent an answer. ${ENGLISH_DEMO} With OPENAI_API_KEY or CHAT_BASE_URL set, a real model answers here.`;
const KOREAN_FALLBACK = `좋은 질문입니다. 하지만 답을 지어내지는 않겠습니다. ${KOREAN_DEMO} OPENAI_API_KEY나 CHAT_BASE_URL을 설정하면 실제 모델이 답합니다.`;

/** A prepared answer in the language of the question. It never repeats the question. */
export function chooseAnswer(question: string): string {
  const isKorean = /\p{Script=Hangul}/u.test(question);
  const answers = isKorean ? KOREAN : ENGLISH;
  const fallback = isKorean ? KOREAN_FALLBACK : ENGLISH_FALLBACK;
  return answers.find(({ about }) => about.test(question))?.answer ?? fallback;
}
