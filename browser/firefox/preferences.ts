// What Firefox's profile has to say so that HTTP/3 works with a site of this machine. None forces HTTP/3: that it is there, `Alt-Svc` says.

/** Names as about:config has them. */
const PREFERENCES: Readonly<Record<string, string | number | boolean>> = {
  // Both keep HTTP/3 off where an authority signed that did not come with Firefox, and where the host is this machine.
  'network.http.http3.disable_when_third_party_roots_found': false,
  'network.http.http3.enable_localhost': true,
  // The remote agent's WebDriver BiDi, without the DevTools protocol.
  'remote.active-protocols': 1,
  // A new profile's first run asks Mozilla's servers this and that: this machine may reach none.
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'app.normandy.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
}

/** The profile's file `user.js`. */
export function preferencesFile(): string {
  return Object.entries(PREFERENCES)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('')
}
