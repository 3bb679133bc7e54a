import js from '@eslint/js';
import globals from 'globals';

/**
 * Keeps a layer from importing upwards: main -> panels -> media -> net -> util -> i18n.
 * @param {string} layer
 * @param {string[]} above
 */
function layer(layer, above) {
  return {
    files: [`htdocs/js/${layer}/**/*.js`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: above.map((name) => ({
            regex: name.endsWith('.js') ? `/${name}$` : `^\\.\\./${name}/`,
            message: `${layer}/ may not import from ${name}: layers import only downwards.`,
          })),
        },
      ],
    },
  };
}

const top = ['main.js', 'session.js', 'uploads.js', 'calls.js', 'talk.js', 'watch.js', 'page.js'];

export default [
  { ignores: ['htdocs/vendor/', 'target/', 'dist/', 'test-results/'] },
  js.configs.recommended,
  {
    files: ['htdocs/js/**/*.js'],
    languageOptions: { globals: globals.browser },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
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
  layer('panels', top),
  layer('media', [...top, 'panels']),
  layer('net', [...top, 'panels', 'media']),
  layer('util', [...top, 'panels', 'media', 'net']),
  layer('i18n', [...top, 'panels', 'media', 'net', 'util']),
  {
    files: ['tests/**/*.mjs', 'bench/**/*.mjs', 'scripts/*', '*.config.js'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
];
