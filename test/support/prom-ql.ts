/** One series that an expression asks for. */
export interface Selector {
  metric: string;
  matchers: { label: string; operator: string; value: string }[];
  /** Labels of all `by (...)` around it, which it must have. */
  groupedBy: string[];
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[a-zA-Z_:][\w:]*|\[[^\]]*\]|\d[\w.]*|=~|!~|[!=<>]=|[-+*/%^<>=(){},]/y;
const AGGREGATIONS = new Set(['sum', 'max', 'min', 'avg', 'count']);
const FUNCTIONS = new Set([
  'changes',
  'histogram_quantile',
  'increase',
  'max_over_time',
  'min_over_time',
  'rate',
  'time',
]);
const OPERATORS = new Set(['and', 'or', 'unless']);

/**
 * The series in an expression of PromQL, as far as ours go: `by` before what is aggregated, no subqueries.
 * @throws for everything that it does not know, so that nothing is overlooked
 */
export function selectorsOf(expression: string): Selector[] {
  const tokens = tokensOf(expression);
  const selectors: Selector[] = [];
  /** For each open bracket the labels that what is in it is grouped by. */
  const groups: string[][] = [];
  let grouping: string[] = [];
  const peek = (): string | undefined => tokens[0];
  const next = (): string => tokens.shift() ?? fail(expression, 'its end');
  const expect = (wanted: string): void => {
    const found = next();
    if (found !== wanted) fail(expression, found);
  };
  while (tokens.length > 0) {
    const token = next();
    if (token === '(') {
      groups.push(grouping);
      grouping = [];
    } else if (token === ')') {
      if (!groups.pop()) fail(expression, token);
    } else if (AGGREGATIONS.has(token)) {
      if (peek() !== 'by') continue;
      next();
      expect('(');
      grouping = listUntil(')', next);
      if (peek() !== '(') fail(expression, peek() ?? 'its end');
    } else if (FUNCTIONS.has(token)) {
      if (peek() !== '(') fail(expression, token);
    } else if (/^[a-zA-Z_]/.test(token) && !OPERATORS.has(token)) {
      const matchers: Selector['matchers'] = [];
      if (peek() === '{') {
        next();
        while (peek() !== '}') {
          const [label, operator, value] = [next(), next(), next()];
          if (!/^(=|!=|=~|!~)$/.test(operator) || !value.startsWith('"')) fail(expression, operator);
          matchers.push({ label, operator, value: value.slice(1, -1) });
          if (peek() === ',') next();
        }
        next();
      }
      if (peek() === '(') fail(expression, token);
      selectors.push({ metric: token, matchers, groupedBy: groups.flat() });
    }
  }
  if (groups.length > 0) fail(expression, 'its end');
  return selectors;
}

function listUntil(end: string, next: () => string): string[] {
  const items: string[] = [];
  for (let token = next(); token !== end; token = next()) if (token !== ',') items.push(token);
  return items;
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = [];
  const text = expression.trim();
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text[at]!)) {
      at += 1;
      continue;
    }
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0] ?? fail(expression, text.slice(at, at + 10));
    tokens.push(token);
    at += token.length;
  }
  return tokens;
}

function fail(expression: string, found: string): never {
  throw new Error(`${expression}: did not expect ${found}`);
}
