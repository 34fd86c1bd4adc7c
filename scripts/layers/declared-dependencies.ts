// A package declares what it imports and imports what it declares: hoisting hides the first mistake until a user installs.
import { packageOf } from './imports.ts'
import type { Manifest, Problem, Tree } from './tree.ts'

export function declaredDependencies(tree: Tree): Problem[] {
  return tree.manifests.flatMap((manifest) => [...undeclared(tree, manifest), ...unused(tree, manifest)])
}

function undeclared(tree: Tree, manifest: Manifest): Problem[] {
  return product(tree, manifest).flatMap((file) =>
    file.imports.flatMap(({ specifier, line }) => {
      const name = packageOf(specifier)
      if (name === null || name === manifest.name || manifest.dependencies.includes(name)) return []
      return [{ path: file.path, line, what: `${name} is not a dependency of ${manifest.name}`, instead: `add it to ${manifest.path}` }]
    }),
  )
}

function unused(tree: Tree, manifest: Manifest): Problem[] {
  const imported = new Set(product(tree, manifest).flatMap((file) => file.imports.map(({ specifier }) => packageOf(specifier))))
  return manifest.dependencies
    .filter((name) => !imported.has(name))
    .map((name) => ({
      path: manifest.path,
      line: manifest.text.split('\n').findIndex((text) => text.includes(`"${name}"`)) + 1,
      what: `${manifest.name} declares ${name} and never imports it`,
      instead: 'remove it',
    }))
}

function product(tree: Tree, manifest: Manifest) {
  return tree.files.filter((file) => file.workspace === manifest.workspace && !file.isTest && /\/(src|bin)\//.test(file.path))
}
