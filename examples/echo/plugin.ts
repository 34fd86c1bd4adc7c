// YoMo's first plugin: puts a mark behind every name.
import { definePlugin, type Plugin } from 'millrace'

const echo: Plugin = definePlugin({
  name: 'EchoPlugin',
  observed: '0x11',
  mold: '',
  handle: (value) => `${value}✅`,
})

export default echo
