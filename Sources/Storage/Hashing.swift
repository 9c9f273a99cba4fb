import AzureLinux
import CCrypto
import Foundation
import SystemPackage

/// A running SHA-256 by OpenSSL, which uses the CPU's SHA instructions.
package struct SHA256: ~Copyable {
  private let context: OpaquePointer

  package init() {
    context = EVP_MD_CTX_new()
    EVP_DigestInit_ex(context, EVP_sha256(), nil)
  }

  deinit { EVP_MD_CTX_free(context) }

  package func update(_ bytes: UnsafeRawBufferPointer) {
    if let base = bytes.baseAddress { EVP_DigestUpdate(context, base, bytes.count) }
  }

  package func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  package consuming func finish() -> Digest {
    var bytes = [UInt8](repeating: 0, count: 32)
    EVP_DigestFinal_ex(context, &bytes, nil)
    return Digest(bytes: bytes)
  }
}

extension Digest {
  package static func of(_ data: Data) -> Digest {
    let hash = SHA256()
    data.withUnsafeBytes { hash.update($0) }
    return hash.finish()
  }

  package static func of(_ text: String) -> Digest {
    let hash = SHA256()
    hash.update(text)
    return hash.finish()
  }

  /// Content of a regular file; throws `Errno`.
  package static func of(file: FilePath) throws -> Digest {
    let descriptor = try FileDescriptor.open(file, .readOnly, options: [.closeOnExec])
    defer { try? descriptor.close() }
    let hash = SHA256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while case let count = try descriptor.read(into: buffer), count > 0 {
      hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    return hash.finish()
  }
}
