// Blanks what is not code, character by character, so that lines and columns stay.
// One pattern knows the tokens that can hide others: comments, strings, templates, regular expressions.

/** A slash starts a regular expression after an operator, an opening bracket or a keyword, and divides after anything else. */
const REGEX =
  /(?<=(?:^|[=(,:;!&|?{}[\n+*%<>~^-]|=>|\breturn|\btypeof|\bcase)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//
const STRING = /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/
const TEMPLATE = /`(?:\\[\s\S]|[^`\\])*`/

const TOKENS = new RegExp([COMMENT, STRING, TEMPLATE, REGEX].map((token) => `(${token.source})`).join('|'), 'g')

/** The text without comments. */
export function blankComments(text: string): string {
  return text.replace(TOKENS, (token, comment) => (comment === undefined ? token : blank(token)))
}

/** The text without comments, and with strings and regular expressions emptied; code inside `${}` of a template is kept. */
export function blankLiterals(text: string): string {
  return text.replace(TOKENS, (token, _comment, _string, template) => (template === undefined ? blank(token) : blankTemplate(token)))
}

function blankTemplate(template: string): string {
  let result = ''
  let end = 0
  for (const { index, 0: expression } of template.matchAll(/\$\{[^}]*\}/g)) {
    result += blank(template.slice(end, index)) + expression
    end = index + expression.length
  }
  return result + blank(template.slice(end))
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}
