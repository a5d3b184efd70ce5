import { createHash } from 'node:crypto'

/** A manifest or blob as it was pushed. */
export interface Stored {
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** What a manifest says, as far as the registry looks. */
interface ManifestHead {
  readonly mediaType?: string
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly config?: { readonly mediaType: string }
  readonly subject?: { readonly digest: string }
}

/** One entry of a list of referrers. */
export interface ReferrerEntry {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** One repository: nothing of it is checked, so that specs can put in what they like. */
export class RepositoryStore {
  readonly tags = new Map<string, string>()
  readonly manifests = new Map<string, Stored>()
  readonly blobs = new Map<string, Stored>()

  /** Stores a blob and returns its digest. */
  addBlob(content: string | Uint8Array): string {
    const bytes = Buffer.from(content)
    const digest = digestOf(bytes)
    this.blobs.set(digest, { digest, mediaType: 'application/octet-stream', bytes })
    return digest
  }

  /** Stores a manifest, under a tag too if one is given, and returns its digest. */
  addManifest(content: string | Uint8Array | object, tag?: string, mediaType?: string): string {
    const isText = typeof content === 'string' || content instanceof Uint8Array
    const bytes = Buffer.from(isText ? content : JSON.stringify(content))
    const digest = digestOf(bytes)
    const type = mediaType ?? readHead(bytes).mediaType ?? OCI_MANIFEST
    this.manifests.set(digest, { digest, mediaType: type, bytes })
    if (tag !== undefined) this.tags.set(tag, digest)
    return digest
  }

  /** Finds a manifest by tag or digest. */
  find(reference: string): Stored | undefined {
    return this.manifests.get(this.tags.get(reference) ?? reference)
  }

  /** Lists the manifests whose subject is this one, in the order of their coming. */
  listReferrers(subject: string): readonly ReferrerEntry[] {
    return [...this.manifests.values()].flatMap(({ digest, mediaType, bytes }) => {
      const { subject: own, artifactType, config, annotations } = readHead(bytes)
      if (own?.digest !== subject) return []
      const type = artifactType ?? config?.mediaType
      return [
        {
          mediaType,
          digest,
          size: bytes.length,
          ...(type !== undefined && { artifactType: type }),
          ...(annotations !== undefined && { annotations }),
        },
      ]
    })
  }
}

/** The media type of OCI manifests. */
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

/** The media type of OCI indexes. */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'

/** `sha256:` and lower-case hex. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function readHead(bytes: Uint8Array): ManifestHead {
  try {
    return Object(JSON.parse(Buffer.from(bytes).toString()))
  } catch {
    return {}
  }
}
