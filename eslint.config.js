import js from '@eslint/js';
import globals from 'globals';

/** What a person does, a folder each: none knows another. */
const FEATURES = ['call', 'chat', 'play', 'record', 'watch'];
/** From the top to the bottom; what stands in one row may not use each other. */
const LAYERS = [
  ['main.js', 'session.js'],
  FEATURES,
  ['ui'],
  ['device'],
  ['container', 'net'],
  ['util'],
  ['i18n'],
];

/** Keeps modules from importing upwards or sideways. */
const layers = LAYERS.slice(1).flatMap((row, above) =>
  row.map((layer) => {
    const others = [...LAYERS.slice(0, above + 1).flat(), ...row.filter((name) => name !== layer)];
    return {
      files: [`htdocs/js/${layer}/**/*.js`],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            patterns: others.map((name) => ({
              regex: name.endsWith('.js') ? `/${name}$` : `^\\.\\./${name}/`,
              message: `${layer}/ may not import from ${name}: modules import only downwards.`,
            })),
          },
        ],
      },
    };
  }),
);

export default [
  { ignores: ['htdocs/vendor/', 'target/', 'dist/', 'test-results/'] },
  js.configs.recommended,
  {
    files: ['htdocs/js/**/*.js', 'src/check/browser.js'],
    languageOptions: { globals: globals.browser },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
      'no-restricted-syntax': [
        'error',
        {
          selector: ':matches(AwaitExpression, ForOfStatement[await=true]):not(:function *)',
          message:
            'WebKit runs modules that wait at their top level after `load`, and later than others.',
        },
      ],
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Text goes in with textContent.' },
        { property: 'outerHTML', message: 'Text goes in with textContent.' },
        { property: 'insertAdjacentHTML', message: 'Text goes in with textContent.' },
      ],
    },
  },
  {
    files: ['htdocs/js/first-aid.js'],
    rules: { 'no-var': 'off', 'no-unused-vars': ['error', { caughtErrors: 'none' }] },
  },
  {
    files: ['htdocs/service-worker.js'],
    languageOptions: { globals: { ...globals.serviceworker, PACKAGED: 'readonly' } },
  },
  ...layers,
  {
    files: ['tests/**/*.mjs', 'bench/**/*.mjs', 'findings/**/*.mjs', 'scripts/*', '*.config.js'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
];
