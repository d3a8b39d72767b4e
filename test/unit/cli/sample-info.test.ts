import { expect, test } from 'vitest';
import { readSampleInfo } from '../../../extension/samples/sample';

test.each([
  [
    'title and story',
    '// First touch\n//\n// Who backs the page?\n// And when?\nmachine {}\n// not this',
    { title: 'First touch', story: 'Who backs the page? And when?' },
  ],
  [
    'one line with a colon',
    '// Fork: the child writes into its parent.\nvm web {}',
    { title: 'Fork', story: 'the child writes into its parent.' },
  ],
  ['one line', '// Two tenants.\nvm web {}', { title: 'Two tenants', story: '' }],
  ['CRLF and a byte order mark', '\uFEFF// Title\r\n// Story.\r\nvm web {}', { title: 'Title', story: 'Story.' }],
  ['nothing but a comment', '// Title', { title: 'Title', story: '' }],
  ['no comment', 'machine {}', { title: 'forged-leaf', story: '' }],
])('%s', (_, text, expected) => expect(readSampleInfo(text, 'forged-leaf.tpt')).toEqual(expected));
