import AzureLinux
import Foundation
import SystemPackage

extension Downloads {
  /// A small file whose digest nobody knows beforehand, a manifest or a key; fetched anew each time.
  package func fresh(_ url: String, _ credentials: Credentials = Credentials()) async throws -> Data {
    if let path = credentials.missing { throw RepositoryError.noCredentials(path: path) }
    let path = workspace.scratch.appending("fresh-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      atPath: workspace.scratch.string, withIntermediateDirectories: true)
    defer { unlink(path.string) }
    let name = url.split(separator: "/").last.map(String.init) ?? url
    let transfer = Transfer(
      name: name, url: URLText.encoded(url), partial: path, credentials: credentials)
    let outcome = try await fetching.fetch([transfer])[0]
    guard outcome == .complete else {
      throw outcome.failure(repository: nil, file: name, url: url, expected: "")
    }
    return try Data(contentsOf: URL(fileURLWithPath: path.string))
  }
}
