/** An image that the node has. */
export interface Image {
  /** Its root file system. */
  readonly folder: string
  readonly entrypoint: readonly string[]
}

/** The images of a node by their names: whole, without a digest, or without the tag. */
export class ImageStore {
  readonly #images = new Map<string, Image>()

  add(name: string, image: Image): void {
    this.#images.set(name, image)
  }

  /** Finds the image of a reference; undefined is what kubelets call ErrImagePull. */
  find(reference: string): Image | undefined {
    const [name = ''] = reference.split('@')
    return this.#images.get(name) ?? this.#images.get(name.replace(/:[^:/]+$/, ''))
  }
}
