import { defineConfig } from 'vitest/config';

/**
 * One project per tier, so that each can be run alone. `unit` must stay under 20 s in all; what needs longer, or the
 * bundles in out/ or a browser, belongs to another.
 */
const tier = (name: string, testTimeout: number): { test: object } => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], environment: 'node', testTimeout },
});

export default defineConfig({
  test: {
    projects: [tier('unit', 10_000), tier('browser', 20_000), tier('adapter', 20_000), tier('oracle', 300_000)],
  },
});
