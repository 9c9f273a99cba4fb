import AzureLinux
import Foundation
import Repositories
import SystemPackage
import Testing

@testable import azl_dev

@Suite struct RepositoryListTests {
  private func list(
    _ tables: [RepositorySettings], file: String? = nil,
    _ choose: (inout Settings.Repositories) -> Void = { _ in }
  ) throws -> [RepositorySettings] {
    let tree = FilePath("/tmp/repo-list-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(atPath: tree.string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: tree.string) }
    var settings = Settings()
    settings.repository = tables
    if let file {
      try Data(file.utf8).write(to: URL(filePath: tree.appending("some.repo").string))
      settings.repositories.files = ["some.repo"]
    }
    choose(&settings.repositories)
    return try RepositoryList.of(settings, Workspace(tree: tree))
  }

  private let remote = RepositorySettings(id: "remote", url: "http://localhost/remote")
  private let toolchain = RepositorySettings(
    id: "tools", url: "http://localhost/tools", kind: .toolchain, priority: 1)

  @Test func theyStandInUpstreamsOrder() throws {
    let found = try list([remote, toolchain], file: "[from-file]\nbaseurl=file:///f\n") { $0.local = true }
    #expect(found.map(\.id) == ["tools", "local-repo", "from-file", "remote"])
    #expect(found.map(\.priority) == [1, 2, 99, 99])
  }

  @Test func publishedOnesAreTheDefaultAndAFileMayNameThemOtherwise() throws {
    let ids = Settings.published().map(\.id)
    #expect(try list([]).map(\.id) == ids)
    #expect(try list([remote]).map(\.id) == ["remote"])
    #expect(try list([]) { $0.defaults = false }.isEmpty)
    let found = try list([], file: "[\(ids[0])]\nbaseurl=file:///f\n")
    #expect(found.map(\.id).sorted() == ids.sorted() && found.first?.url == "file:///f")
  }

  @Test func previewAndUpstreamAreSwitches() throws {
    let preview = RepositorySettings(id: "some-preview", url: "http://localhost/preview")
    #expect(try list([remote, preview]).map(\.enabled) == [true, false])
    #expect(try list([remote, preview]) { $0.preview = true }.map(\.enabled) == [true, true])
    let near = try list([remote, toolchain]) {
      $0.upstream = false
      $0.local = true
    }
    #expect(near.filter(\.enabled).map(\.id) == ["tools", "local-repo"])
  }

  @Test func oneIdNamesOneRepository() throws {
    let error = try #require(throws: RepositoryError.self) {
      try list([remote], file: "[remote]\nbaseurl=file:///f\n")
    }
    #expect(error.message == "repository \"remote\" is configured twice")
    #expect(error.exitCode == .invalidInput)
  }
}
