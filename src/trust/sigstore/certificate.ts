/** An X.509 certificate (RFC 5280), parsed. */
export interface Certificate {
  readonly der: Buffer
}
