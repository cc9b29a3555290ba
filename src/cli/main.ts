import './boot.ts';

// Not before boot.ts has looked at the version: an old Node.js cannot even parse some of what follows.
const { processIo } = await import('./io.ts');
const { run } = await import('./program.ts');
process.exitCode = await run(process.argv.slice(2), processIo());
