import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'bun'

/** What `openssl ts` and the certificates of its authority are told. */
const CONFIGURATION = `
[ req ]
distinguished_name = dn
prompt = no
[ dn ]
[ root ]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[ leaf ]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[ ts ]
serial = ./serial
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
`
const DAYS = 3650
const SIGNATURE = 'the signature of an image'

/** Has OpenSSL stamp a text with an RSA key, and writes the stamp with whom to trust for it. */
async function generate(bits: number, hash: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'timestamps-'))
  const sh = $.cwd(folder)
  try {
    await Bun.write(join(folder, 'openssl.cnf'), CONFIGURATION)
    await Bun.write(join(folder, 'serial'), '01\n')
    await Bun.write(join(folder, 'signature'), SIGNATURE)
    const made = `-newkey rsa:${bits} -nodes -config openssl.cnf`.split(' ')
    await sh`openssl req -x509 ${made} -keyout root.key -out root.pem -days ${DAYS} -subj /CN=root -extensions root`.quiet()
    await sh`openssl req ${made} -keyout leaf.key -out leaf.csr -subj /CN=leaf`.quiet()
    await sh`openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -set_serial 7 -days ${DAYS} -extfile openssl.cnf -extensions leaf -out leaf.pem`.quiet()
    await sh`openssl ts -query -data signature -sha256 -no_nonce -cert -out query`.quiet()
    await sh`openssl ts -reply -config openssl.cnf -section ts -queryfile query -signer leaf.pem -inkey leaf.key -${hash} -out reply`.quiet()
    const read = (name: string) => Bun.file(join(folder, name))
    const source = (await sh`openssl version`.text()).trim()
    const stamp = Buffer.from(await read('reply').arrayBuffer()).toString('base64')
    const chain = [await read('leaf.pem').text(), await read('root.pem').text()]
    const vector = { source, signature: SIGNATURE, timestamp: stamp, chain }
    const file = join(import.meta.dir, `rsa${bits}-${hash}.json`)
    await Bun.write(file, `${JSON.stringify(vector, null, 2)}\n`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

await generate(2048, 'sha256')
await generate(4096, 'sha512')
