import AzureLinux
import Foundation
import Storage
import SystemPackage
import Testing

@testable import Packages

@Suite struct SourceSetTests {
  private let place: Place

  init() throws {
    place = try Place()
    try place.write(Greeting.source, to: "greeting.c")
    try place.write(Greeting.spec(), to: "greeting.spec")
  }

  private func resolve(
    _ info: SpecInfo, _ signatures: [String: Digest], isChecked: Bool = true, fetch: FetchSources? = nil
  ) async throws(PackagesError) -> SourceSet {
    try await SourceSet.resolve(
      info, signatures: signatures, isChecked: isChecked, workspace: place.workspace, fetch: fetch)
  }

  /// A server that has this text for every name; what it was asked for is what it puts into the store.
  private func server(of text: String) -> FetchSources {
    let workspace = place.workspace
    return { wanted in
      try wanted.map { _ in
        let aside = workspace.tree.appending("aside")
        try text.write(toFile: aside.string, atomically: false, encoding: .utf8)
        try ContentStore(workspace).adopt(aside, digest: Digest.of(text))
        return .success(Digest.of(text))
      }
    }
  }

  @Test func aLocalFileIsFoundInAnyFolderOfThePackageTheNearestFirst() async throws {
    try place.write("near", to: "a/data")
    try place.write("far", to: "a/b/data")
    let set = try await resolve(place.info(sources: ["data"]), ["data": Digest.of("near")])
    #expect(set.files.map(\.origin) == [.local])
    #expect(set.files[0].path.hasSuffix("greeting/a/data"))
  }

  @Test func aMissingEntryIsAnErrorEvenForALocalFile() async throws {
    let error = await #expect(throws: PackagesError.self) { try await resolve(place.info(), [:]) }
    #expect(
      error?.message
        == "greeting: source \"greeting.c\" has no entry in SPECS/greeting/greeting.signatures.json")
    #expect(error?.exitCode == .failed)
  }

  @Test func aWrongLocalFileNamesBothHashes() async throws {
    let error = await #expect(throws: PackagesError.self) {
      try await resolve(place.info(), ["greeting.c": Digest.of("other")])
    }
    #expect(error?.message.contains(Digest.of("other").description) == true)
    #expect(error?.message.contains(Digest.of(Greeting.source).description) == true)
    #expect(error?.nextStep?.contains("greeting.signatures.json") == true)
    #expect(error?.exitCode == .failed)
  }

  @Test func aSourceIsFetchedOnceAndThenComesFromTheStore() async throws {
    let info = place.info(sources: ["far.tar"])
    let signatures = ["far.tar": Digest.of("content")]
    let set = try await resolve(info, signatures, fetch: server(of: "content"))
    #expect(set.files.map(\.origin) == [.server])
    #expect(try await resolve(info, signatures).files.map(\.origin) == [.store])

    // a damaged store is not believed
    try "damaged".write(toFile: set.files[0].path, atomically: false, encoding: .utf8)
    let error = await #expect(throws: PackagesError.self) { try await resolve(info, signatures) }
    guard case .missingSource = error else { throw try #require(error) }
  }

  @Test func whatTheServerSendsIsVerified() async throws {
    let error = await #expect(throws: PackagesError.self) {
      try await resolve(
        place.info(sources: ["far.tar"]), ["far.tar": Digest.of("content")],
        fetch: server(of: "something else"))
    }
    guard case .wrongHash = error else { throw try #require(error) }
  }

  @Test func uncheckedSourcesAreTakenAsTheyAre() async throws {
    try place.write("near", to: "near.tar")
    let info = place.info(sources: ["near.tar", "far.tar", "stored.tar"])
    _ = try await resolve(
      place.info(sources: ["stored.tar"]), ["stored.tar": Digest.of("kept")], fetch: server(of: "kept"))
    let set = try await resolve(
      info, ["near.tar": Digest.of("other"), "stored.tar": Digest.of("kept")], isChecked: false,
      fetch: server(of: "far"))
    #expect(set.files.map(\.digest) == [Digest.of("far"), Digest.of("near"), Digest.of("kept")])
    #expect(set.files.map(\.origin) == [.server, .local, .store])
  }

  @Test func aMissingPatchIsNamed() async throws {
    let error = await #expect(throws: PackagesError.self) {
      try await resolve(
        place.info(patches: ["CVE-1.patch"]), ["greeting.c": place.signature(of: "greeting.c")])
    }
    #expect(error?.message == "greeting: patch \"CVE-1.patch\" is not in SPECS/greeting")
    #expect(error?.exitCode == .failed)
  }

  @Test func includesOfThePackageDirectoryAreStaged() async throws {
    try place.write("%global x 1", to: "part.inc")
    var info = place.info()
    info.inputs = ["SPECS/greeting/part.inc", "SPECS/other/part.inc"]
    let set = try await resolve(info, ["greeting.c": place.signature(of: "greeting.c")])
    #expect(set.files.map(\.name) == ["greeting.c", "part.inc"])
    #expect(set.files.map(\.role) == [.source, .include])
  }
}
