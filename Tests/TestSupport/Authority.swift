import Foundation
import Sandbox
import SystemPackage

/// A certificate authority of a test's own, with a server's and a client's certificate.
package struct Authority: Sendable {
  package let folder: FilePath

  package static func make(in folder: FilePath) async throws -> Authority {
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    func openssl(_ arguments: String...) async throws {
      try await Command(["openssl"] + arguments, workingDirectory: folder.string).check()
    }
    try await openssl(
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
      "-subj", "/CN=test authority")
    try Data("subjectAltName=IP:127.0.0.1".utf8).write(to: URL(filePath: "\(folder)/server.ext"))
    try Data("extendedKeyUsage=clientAuth".utf8).write(to: URL(filePath: "\(folder)/client.ext"))
    for name in ["server", "client"] {
      try await openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "\(name).key", "-out", "\(name).csr", "-subj",
        "/CN=\(name)")
      try await openssl(
        "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-days", "2", "-extfile", "\(name).ext", "-out", "\(name).pem")
    }
    return Authority(folder: folder)
  }

  var nginx: String {
    """
    ssl_certificate \(folder)/server.pem; ssl_certificate_key \(folder)/server.key;
    ssl_client_certificate \(folder)/ca.pem; ssl_verify_client on;
    """
  }
}
