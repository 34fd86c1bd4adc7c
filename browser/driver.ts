// What a check needs of a browser, whichever it is.

export interface Driver {
  /** Name and version, as the browser says them. */
  readonly version: string
  /** Loads a page anew in the one tab, and resolves once it has loaded. */
  visit(url: string): Promise<void>
  /** Runs one of the page's functions (pages/page.js), and resolves to what that resolves to: what JSON can carry. */
  call<T>(expression: string): Promise<T>
  close(): Promise<void>
}

/** A browser that can be launched. */
export interface Launcher {
  /** As `--browser` has it. */
  readonly name: string
  /** Launches it with a profile of its own that trusts the authority (PEM). Rejects when it is not installed. */
  launch(authority: string): Promise<Driver>
}
