import Foundation
import Testing

@testable import AzureLinux

/// `docs/configuration.md` names every key. `AZL_WRITE_DOCS=1 swift test --filter ConfigurationPage` writes it anew.
@Suite struct ConfigurationPageTests {
  private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "docs/configuration.md")

  private static func text() throws -> String {
    let defaults =
      try JSONSerialization.jsonObject(with: JSONEncoder.snake.encode(Settings())) as? [String: Any] ?? [:]
    let repository =
      try JSONSerialization.jsonObject(
        with: JSONEncoder.snake.encode(RepositorySettings(id: "", url: ""))) as? [String: Any] ?? [:]
    var lines: [String] = []
    var table: String?
    for key in SettingsKey.all {
      if key.table != table {
        let name =
          key.table.isEmpty
          ? "At the top" : key.table == "repository" ? "`[[repository]]`" : "`[\(key.table)]`"
        lines += ["", "## \(name)", "", "| key | default | meaning |", "|---|---|---|"]
        table = key.table
      }
      let group = key.table == "repository" ? repository : defaults[key.table] as? [String: Any] ?? defaults
      lines.append(
        "| `\(key.name)` | \(shown(group[key.name])) | \(key.meaning.replacing("<", with: "&lt;").replacing("|", with: "\\|")) |"
      )
    }
    return """
      # Configuration

      `.azldev/config.toml` belongs into version control, and is all of `.azldev` that git sees.
      `.azldev/config.local.toml`, which does not belong there, is laid over it, and environment variables over both:
      `AZL_DEV_BUILD_JOBS=4` is `[build] jobs = 4`, lists are separated by commas. `--set build.jobs=4` is laid over all of
      them for one call; a list has one value each time.
      An unknown key is an error that names its line and the nearest known key. Without `[[repository]]` the packages
      come from packages.microsoft.com.
      """ + "\n" + lines.joined(separator: "\n") + "\n"
  }

  private static func shown(_ value: Any?) -> String {
    switch value {
    case let list as [String]:
      list.isEmpty ? "" : "`[" + list.map { "\"\($0)\"" }.joined(separator: ", ") + "]`"
    case let text as String: text.isEmpty ? "" : "`\"\(text)\"`"
    case let number as NSNumber where String(cString: number.objCType) == "c": "`\(number.boolValue)`"
    case let number as NSNumber: "`\(number)`"
    default: ""
    }
  }

  @Test func thePageNamesEveryKey() throws {
    let text = try Self.text()
    if ProcessInfo.processInfo.environment["AZL_WRITE_DOCS"] != nil {
      try text.write(to: Self.page, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: Self.page, encoding: .utf8) == text)
  }
}
