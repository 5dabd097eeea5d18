import type { Request } from 'express';

/** What express keeps of a route: https://github.com/pillarjs/router */
interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
  match(path: string): boolean;
}

/** The methods that some route takes at the address of a request; none when there is nothing at it. */
export function allowedMethods({ app, path }: Request): string[] {
  const { stack } = app.router as unknown as { stack: Layer[] };
  const methods = stack
    // Middlewares of Nest's modules are routes for every address and method.
    .filter(({ route }) => route !== undefined && !route.path.includes('*'))
    .filter((layer) => layer.match(path))
    .flatMap(({ route }) => Object.keys(route!.methods));
  if (methods.includes('get')) methods.push('head');
  return [...new Set(methods)].map((method) => method.toUpperCase()).sort();
}
