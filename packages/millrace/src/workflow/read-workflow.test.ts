import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseWorkflow, readWorkflow } from './read-workflow.ts'

describe('a workflow', () => {
  test('has a name, an address and plugins in order', () => {
    const text = 'name: farm\nhost: 0.0.0.0\nport: 9000\nplugins:\n  - name: first\n  - { name: second, host: 10.0.0.2, port: 4242 }\n'
    assert.deepEqual(parseWorkflow(text), {
      name: 'farm',
      host: '0.0.0.0',
      port: 9000,
      plugins: [{ name: 'first' }, { name: 'second', host: '10.0.0.2', port: 4242 }],
    })
  })

  test('needs a name alone', () => {
    assert.deepEqual(parseWorkflow('name: farm'), { name: 'farm', host: '127.0.0.1', port: 4241, plugins: [] })
  })
})

const BILLION_LAUGHS = `name: a
a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
`

const wrong: readonly (readonly [what: string, text: string, message: string | RegExp])[] = [
  ['an unknown key', 'name: a\nprot: 1\n', 'w.yaml:2:1: prot: a workflow has no such key; known are name, host, port, plugins'],
  [
    'an unknown key of a plugin',
    'name: a\nplugins:\n  - name: b\n    adress: c\n',
    'w.yaml:4:5: plugins[0].adress: a plugin has no such key; known are name, host, port',
  ],
  ['a misspelt name', 'nmae: a\n', 'w.yaml:1:1: nmae: a workflow has no such key; known are name, host, port, plugins'],
  ['a missing name', 'host: localhost\n', 'w.yaml:1:1: name: is missing; add it'],
  ['a plugin without a name', 'name: a\nplugins:\n  - port: 1\n', 'w.yaml:3:5: plugins[0].name: is missing; add it'],
  ['a port that is text', 'name: a\nport: many\n', 'w.yaml:2:7: port: is a whole number, 1 to 65535'],
  ['a port out of range', 'name: a\nport: 70000\n', 'w.yaml:2:7: port: is over 65535'],
  ['a plugin at port 0', 'name: a\nplugins: [{ name: b, port: 0 }]\n', 'w.yaml:2:28: plugins[0].port: is a port to dial, 1 to 65535'],
  ['a name that is a number', 'name: 7\n', 'w.yaml:1:7: name: is text'],
  ['an empty name', 'name: ""\n', 'w.yaml:1:7: name: is empty; give it a name'],
  ['plugins that are no list', 'name: a\nplugins: b\n', 'w.yaml:2:10: plugins: is a list of plugins, each with a name'],
  ['a plugin that is only a name', 'name: a\nplugins:\n  - b\n', 'w.yaml:3:5: plugins[0]: is no plugin; write `- name: b`'],
  [
    'two plugins of one name',
    'name: a\nplugins:\n  - name: b\n  - name: b\n',
    "w.yaml:4:11: plugins[1].name: 'b' is there already; give each plugin its own name",
  ],
  ['a key twice', 'name: a\nname: b\n', 'w.yaml:2:1: the key is there already; give it once'],
  ['an open bracket', 'name: [a\n', /^w\.yaml:2:1: the indentation is wrong, or a bracket is not closed; begin the keys/],
  [
    'a key that is indented too far',
    'name: a\n host: b\n',
    /^w\.yaml:1:7: the indentation is wrong, or a line has a second ':'; begin the keys/,
  ],
  ['an item that is indented too far', 'plugins:\n- name: b\n  - name: c\n', /^w\.yaml:3:1: the indentation is wrong/],
  [
    'an item that is not indented far enough',
    'plugins:\n  - name: b\n    port: 1\n   host: c\n',
    /^w\.yaml:4:1: .*the indentation is wrong/,
  ],
  ['a tab', 'name: a\n\tport: 1\n', /^w\.yaml:2:1: a tab does not indent; begin the keys/],
  ['a key without a colon', 'name: a\nport 1\n', /^w\.yaml:2:1: a ':' behind a key, /],
  ['an open quote', 'name: "a\n', /^w\.yaml:2:1: a ':' behind a key, .* a closing quote/],
  ['text after a quote', "name: 'a'b\n", 'w.yaml:1:10: this does not belong here; put the text in quotes, or in a line of its own'],
  ['text that begins with @', 'name: @a\n', 'w.yaml:1:7: text cannot begin with this character; put it in quotes'],
  ['a second document', 'name: a\n---\nname: b\n', /^w\.yaml:2:1: a second document begins here; a workflow is one/],
  ['an alias of nothing', 'name: *b\n', /^w\.yaml:1:1: an alias \(a '\*' before a name\) leads nowhere/],
  ['aliases that stand for thousands', BILLION_LAUGHS, /^w\.yaml:1:1: an alias .* stand for too much/],
  ['what YAML has beyond that', 'name: |x\n', /^w\.yaml:1:8: this does not belong here/],
  ['an empty file', '', 'w.yaml:1:1: name: is missing; add it'],
  ['a list', '- a\n', 'w.yaml:1:1: the file is not a workflow: it begins with `name:`'],
]

describe('a workflow file with', () => {
  for (const [what, text, message] of wrong) {
    test(`${what} is refused with its place and what to do`, () => {
      assert.throws(() => parseWorkflow(text, 'w.yaml'), { code: 'ERR_MILLRACE_WORKFLOW', message })
    })
  }
})

test('a workflow file that is not there is refused', async () => {
  await assert.rejects(readWorkflow('nowhere.yaml'), {
    code: 'ERR_MILLRACE_WORKFLOW',
    message: 'nowhere.yaml: there is no such file; `millrace init DIR` makes one',
  })
})
