import { type Static, Type } from '@sinclair/typebox'

/** The section of a static validator: it gives every image the same verdict. */
export const StaticSection = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'the name by which rules refer to it' }),
    type: Type.Literal('static'),
    approve: Type.Boolean({ description: 'true to admit every image, false to deny every image' }),
  },
  { additionalProperties: false, title: 'a static validator' },
)

/** Settings of a static validator; there is nothing in its section to parse further. */
export type StaticSettings = Readonly<Static<typeof StaticSection>>

/** The `with:` of a rule whose validator is static: it takes no options. */
export const StaticOptions = Type.Object(
  {},
  { additionalProperties: false, title: 'the options of a static validator' },
)
