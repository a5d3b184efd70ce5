import type { Environment } from './environment.ts'
import { initRepository, type Publisher, signImage } from './publisher.ts'
import type { PushedImage } from './registry.ts'

/** An image that is signed for the tag `1`, with its GUN, and who signed it. */
export interface SignedImage extends PushedImage {
  readonly gun: string
  readonly publisher: Publisher
}

/** Pushes an image and has a new publisher sign it, as Docker does. */
export async function addSignedImage(
  { addPublisher, gunOf, push }: Environment,
  repository: string,
): Promise<SignedImage> {
  const publisher = await addPublisher()
  const gun = gunOf(repository)
  const image = await push(repository, '1')
  await initRepository(publisher, gun, 'docker')
  await signImage(publisher, gun, '1', image)
  return { ...image, gun, publisher }
}
