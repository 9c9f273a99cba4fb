import Foundation
import Testing

@testable import AzureLinux

/// `docs/make.md` is the tables. `AZL_WRITE_DOCS=1 swift test --filter MakePage` writes it anew.
@Suite struct MakePageTests {
  private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/make.md")

  @Test func thePageIsTheTables() throws {
    if ProcessInfo.processInfo.environment["AZL_WRITE_DOCS"] != nil {
      try MakePage.text.write(to: Self.page, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: Self.page, encoding: .utf8) == MakePage.text)
  }
}
