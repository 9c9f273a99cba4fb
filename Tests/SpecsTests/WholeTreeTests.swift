import AzureLinux
import Foundation
import Specs
import SystemPackage
import TestSupport
import Testing

/// With AZL_TREE=<checkout> of azurelinux.
@Suite(
  "the real tree",
  .enabled(
    if: Specimens.canParse && ProcessInfo.processInfo.environment["AZL_TREE"] != nil,
    "skipped: AZL_TREE names no checkout, or bubblewrap or rpm is not installed"))
struct WholeTreeTests {
  @Test("the order of parses, the number of workers and what was parsed before make no difference")
  func order() async throws {
    let tree = FilePath(try #require(ProcessInfo.processInfo.environment["AZL_TREE"]))
    let folders = ["SPECS", "SPECS-EXTENDED", "SPECS-SIGNED"]
    var random = SeededGenerator(state: 0x5eed)
    let all = folders.flatMap { folder in
      (FileManager.default.enumerator(atPath: tree.appending(folder).string)?.compactMap { $0 as? String }
        ?? [])
        .filter { $0.hasSuffix(".spec") && $0.split(separator: "/").count == 2 }
        .map { SpecLocation(path: "\(folder)/\($0)") }
    }
    let sample = Array(all.sorted().shuffled(using: &random).prefix(150))
    try await Specimens.parsing(tree: tree, folders: folders, workers: 1) { first in
      var alone: [SpecLocation: SpecInfo] = [:]
      for spec in sample { alone[spec] = try await first.parse(spec) }
      #expect(alone.values.filter { $0.status == .failed }.isEmpty)
      for spec in sample.shuffled(using: &random) { #expect(try await first.parse(spec) == alone[spec]) }
      let expected = alone
      try await Specimens.parsing(tree: tree, folders: folders, workers: 3) { second in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for spec in sample.reversed() {
            group.addTask {
              let info = try await second.parse(spec)
              #expect(info == expected[spec], "\(spec.id)")
            }
          }
          try await group.waitForAll()
        }
      }
    }
  }
}
