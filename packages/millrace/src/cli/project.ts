// What `millrace init` writes.

/** Text by file name. */
export function projectFiles(name: string, version: string): Readonly<Record<string, string>> {
  return {
    'package.json': `${JSON.stringify(manifest(name, version), null, 2)}\n`,
    'plugin.ts': PLUGIN,
    'workflow.yaml': workflow(name),
    'README.md': readme(name),
  }
}

function manifest(name: string, version: string): object {
  return {
    name:
      name
        .toLowerCase()
        .replace(/[^a-z0-9._-]+/g, '-')
        .replace(/^[._-]+/, '') || 'edge',
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: {
      dev: 'millrace dev plugin.ts --print echo',
      edge: 'millrace edge -c workflow.yaml --print echo',
      plugin: 'millrace run plugin.ts --edge localhost:4241',
    },
    dependencies: { millrace: `^${version}` },
  }
}

const PLUGIN = `import { definePlugin } from 'millrace'

// Called with every value under key 0x11; what it returns takes the value's place. Null drops the message.
export default definePlugin({
  name: 'EchoPlugin',
  observed: '0x11',
  mold: '',
  handle: (value) => \`\${value}✅\`,
})
`

function workflow(name: string): string {
  return `# Where the edge listens (UDP), and which plugins data goes through, in this order.
name: ${JSON.stringify(name)}
host: 127.0.0.1
port: 4241
plugins:
  # Dials in and is matched by name. With \`host\` and \`port\` the edge dials it instead.
  - name: EchoPlugin
`
}

function readme(name: string): string {
  return `# ${name}

Try the plugin with demo data:

    millrace dev plugin.ts --print echo

Run the parts, each in a terminal of its own:

    millrace edge -c workflow.yaml --print echo
    millrace run plugin.ts --edge localhost:4241
    printf '{"value":"hello"}\\n' | millrace source - --tag 0x11 --edge localhost:4241
`
}
