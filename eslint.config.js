import js from '@eslint/js';
import globals from 'globals';

const worklets = { AudioWorkletProcessor: 'readonly', registerProcessor: 'readonly', sampleRate: 'readonly' };

/** Types are `tsc`'s business; this is what it does not see. Page and model text is hostile, so no HTML from strings. */
export default [
  { ignores: ['node_modules/', '.venv/', 'tests/output/'] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 'latest', sourceType: 'module' },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'eqeqeq': 'error',
      'no-console': ['error', { allow: ['error', 'warn'] }],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'srcdoc'].map((property) => ({ property })),
        { object: 'document', property: 'write' },
      ],
    },
  },
  { files: ['extension/**/*.js'], languageOptions: { globals: { ...globals.browser, ...globals.webextensions, ...worklets } } },
  { files: ['tests/**/*.{js,mjs}'], languageOptions: { globals: { ...globals.browser, ...globals.webextensions, ...globals.node } } },
];
