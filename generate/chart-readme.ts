import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml'

/** A value of the chart. */
interface Row {
  readonly key: string
  readonly value: string
  readonly text: string
}

/** Renders the chart's README: its values, as the comments in values.yaml explain them. */
export function renderChartReadme(values: string, version: string): string {
  const { contents } = parseDocument(values)
  if (!isMap(contents)) throw new Error('values.yaml holds no mapping')
  const rows = [...rowsOf(contents, '')]
  return `<!-- Generated from values.yaml by \`make generate\`. -->
# Connaisseur's chart, version ${version}

\`\`\`
helm install connaisseur chart --namespace connaisseur --create-namespace --wait
\`\`\`

How to install, upgrade and remove it: [docs/install.md](../docs/install.md). Coming from Connaisseur
3.x: [docs/migration.md](../docs/migration.md). Values are checked against \`values.schema.json\`; what
does not fit is named by its key.

| value | default | |
|---|---|---|
${rows.map(({ key, value, text }) => `| \`${key}\` | ${value} | ${text} |`).join('\n')}
`
}

/** A mapping is explained as a whole, unless keys in it are explained. */
function* rowsOf(map: YAMLMap, prefix: string): Generator<Row> {
  for (const [index, pair] of map.items.entries()) {
    const key = `${prefix}${isScalar(pair.key) ? pair.key.value : ''}`
    const { value } = pair
    const text = commentOf(pair, index === 0 ? map : undefined)
    if (
      isMap(value) &&
      value.items.some((each, at) => isExplained(each, at === 0 ? value : undefined))
    ) {
      if (text !== '') yield { key, value: '', text }
      yield* rowsOf(value, `${key}.`)
    } else yield { key, value: describe(value), text }
  }
}

/** The comment of the first key of a mapping belongs, to the parser, to the mapping. */
function commentOf({ key }: Pair, map: YAMLMap | undefined): string {
  const own = isScalar(key) ? key.commentBefore : undefined
  const text = (own ?? map?.commentBefore ?? '').split('\n').map((line) => line.trim())
  return text.join(' ').trim().replaceAll('|', '\\|')
}

function isExplained(pair: Pair, map: YAMLMap | undefined): boolean {
  const { value } = pair
  if (commentOf(pair, map) !== '') return true
  return (
    isMap(value) && value.items.some((each, at) => isExplained(each, at === 0 ? value : undefined))
  )
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('toJSON' in value)) return ''
  const text = JSON.stringify(value).replaceAll('|', '\\|')
  return `\`${text.length > 60 ? '...' : text}\``
}
