import { defineConfig } from 'vitest/config';

/**
 * One project per tier, so that each can be run alone. `unit` must stay under 20 s in all; what needs longer, or the
 * bundles in out/ or a browser, belongs to another. Its files share modules: they hold no state between tests.
 */
const tier = (name: string, testTimeout: number, isolate = true): { test: object } => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], environment: 'node', testTimeout, isolate },
});

export default defineConfig({
  test: {
    // One of two processors would be left idle otherwise.
    maxWorkers: '100%',
    projects: [
      tier('unit', 10_000, false),
      tier('property', 120_000, false),
      tier('browser', 20_000),
      tier('adapter', 20_000),
      tier('oracle', 300_000),
    ],
  },
});
