/**
 * Imported first by main.ts, for its effect: refuses to start on a Node.js that cannot run the rest. The
 * launcher checks as well; this is for whoever starts main.ts by hand.
 */

/** What is wrong with a version of Node.js and what to do, in one line; undefined when it will do. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)) return undefined;
  return `bzzz: needs Node.js 22.18 or newer, this is ${version}: start it with src/cli/bzzz or \`npx bzzz\`, which bring their own`;
}

const problem = nodeProblem(process.versions.node);
if (problem !== undefined) {
  console.error(problem);
  process.exit(2);
}
