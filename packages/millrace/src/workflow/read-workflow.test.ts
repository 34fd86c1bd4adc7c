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

const wrong: readonly (readonly [what: string, text: string, message: string])[] = [
  ['an unknown key', 'name: a\nprot: 1\n', 'w.yaml:2:1: prot: a workflow has no such key; known are name, host, port, plugins'],
  [
    'an unknown key of a plugin',
    'name: a\nplugins:\n  - name: b\n    adress: c\n',
    'w.yaml:4:5: plugins[0].adress: a plugin has no such key; known are name, host, port',
  ],
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
  ['a key twice', 'name: a\nname: b\n', 'w.yaml:2:1: Map keys must be unique'],
  ['an open bracket', 'name: [a\n', 'w.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]'],
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
