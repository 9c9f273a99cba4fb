import Foundation
import SystemPackage
import TestSupport

let hasNginx = FileManager.default.isExecutableFile(atPath: "/usr/sbin/nginx")

/// A server with places of its own: `/slow/` sends 400 kB a second, `/whole/` cannot continue in the middle, `/busy/`
/// answers 503.
func withFaultyServer(_ folder: FilePath, _ body: (WebServer) async throws -> Void) async throws {
  try await withWebServer(
    folder,
    locations: """
      location /slow/ { alias \(folder)/; limit_rate 400k; }
      location /whole/ { alias \(folder)/; max_ranges 0; }
      location /busy/ { return 503; }
      """, body)
}
