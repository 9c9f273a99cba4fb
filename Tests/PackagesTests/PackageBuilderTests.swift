import AzureLinux
import Foundation
import Sandbox
import Storage
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Packages

@Suite(.serialized, .sharedPlace, .enabled(if: DemoMirror.isPresent, "AZL_DEMO_MIRROR names no demo mirror"))
struct PackageBuilderTests {
  private let place: Place
  private let base: [RPMFile]

  init() throws {
    place = try #require(SharedPlace.current)
    base = try DemoMirror.base()
    try? FileManager.default.removeItem(atPath: place.folder.appending("SPECS").string)
    try place.write(Greeting.source, to: "greeting.c")
    try place.write(Greeting.spec(), to: "greeting.spec")
    place.activities.withLock { $0 = [] }
  }

  private func failure(_ request: BuildRequest) async throws -> BuildFailure {
    let error = await #expect(throws: PackagesError.self) { try await place.builder.build(request) }
    guard case .buildFailed(let failure) = error else {
      throw try #require(error)
    }
    #expect(try scratch.isEmpty)
    return failure
  }

  private var scratch: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: place.workspace.scratch.string) }
  }

  @Test func twoBuildsGiveTheSameBytesAndStaleOutputGoes() async throws {
    let out = place.workspace.out
    let stale = "RPMS/noarch/greeting-common-0.9-1.azl3.noarch.rpm"
    try FileManager.default.createDirectory(
      atPath: out.appending("RPMS/noarch").string, withIntermediateDirectories: true)
    try "old".write(toFile: out.appending(stale).string, atomically: true, encoding: .utf8)

    let first = try await place.builder.build(place.request(base: base, previous: [stale]))
    print("build: \(first.seconds) s, \(first.phases.map { "\($0.stage) \($0.seconds)" })")
    #expect(!FileManager.default.fileExists(atPath: out.appending(stale).string))
    #expect(first.check == .notRun)
    #expect(first.published.contains("SRPMS/greeting-1.0-1.azl3.src.rpm"))
    #expect(first.published.contains("RPMS/noarch/greeting-common-1.0-1.azl3.noarch.rpm"))
    #expect(first.rpms.allSatisfy { $0.nevra.evr.epoch == 1 })
    for file in first.rpms + [try #require(first.srpm)] {
      #expect(try Digest.of(file: FilePath(file.path)) == file.digest)
      let stored = place.workspace.files.appending("\(file.digest.hex.prefix(2))/\(file.digest.hex)")
      #expect(try Digest.of(file: stored) == file.digest)
    }
    let stages = first.phases.map(\.stage)
    #expect(Set<BuildStage>([.srpm, .prep, .build, .install, .files]).isSubset(of: stages))
    #expect(place.activities.withLock { $0 }.contains(.step(subject: "greeting", "%build")))
    #expect(try scratch.isEmpty)

    // a second has passed, so that a clock that leaks in shows
    let built = time(nil)
    while time(nil) == built { await Task.yield() }
    // the same content in other files, written at another time, by a machine with another limit of time
    try place.write(Greeting.source, to: "greeting.c")
    try place.write(Greeting.spec(), to: "greeting.spec")
    let second = try await place.builder.build(
      place.request(base: base, limits: BuildLimits(seconds: 600, processors: 2), previous: first.published))
    #expect(second.srpm == first.srpm)
    #expect(second.rpms == first.rpms)
  }

  @Test func theRecordedCommandBuildsAgain() async throws {
    let output = try await place.builder.build(place.request(base: base))
    let script = FilePath(output.log).removingLastComponent().appending("command")
    let result = try await Command(["sh", script.string], workingDirectory: place.folder.string).check()
    #expect(result.text.contains("Wrote: /usr/src/azl/RPMS/"))
    let again = place.workspace.scratch.appending("again-greeting/topdir/SRPMS/greeting-1.0-1.azl3.src.rpm")
    #expect(try Digest.of(file: again) == output.srpm?.digest)
    await place.layers.removeLeftovers()
    #expect(try scratch.isEmpty)
  }

  @Test func aCheckGivesAVerdictAndNoFiles() async throws {
    let plain = try await place.builder.build(place.request(base: base, purpose: .check))
    #expect(plain.rpms.isEmpty && plain.srpm == nil && plain.published.isEmpty)
    #expect([.passed, .noMarker].contains(plain.check))

    let marked = { (status: Int) in
      Greeting.spec(check: "set +e\necho '====== CHECK DONE greeting. EXIT STATUS \(status)'")
    }
    try place.write(marked(0), to: "greeting.spec")
    #expect(try await place.builder.build(place.request(base: base, purpose: .check)).check == .passed)
    try place.write(marked(3), to: "greeting.spec")
    #expect(try await place.builder.build(place.request(base: base, purpose: .check)).check == .failed)

    try place.write(Greeting.spec(check: "echo 'FAIL: greets'; exit 1"), to: "greeting.spec")
    let failed = try await place.builder.build(place.request(base: base, purpose: .check))
    #expect(failed.check == .failed)
    #expect(failed.checkFailure?.stage == .check)
    #expect(failed.checkFailure?.message == "FAIL: greets")
  }

  @Test func aBuildSeesNoNetworkNoHostAndAFixedClockLocaleAndUser() async throws {
    let show = """
      echo "host $(cat /proc/sys/kernel/hostname) home $HOME lang $LANG tz $TZ user $(id -u) clock $SOURCE_DATE_EPOCH"
      echo "devices $(grep -c : /proc/net/dev) resolv $(ls /etc/resolv.conf 2>/dev/null) names $(env | grep -c AZL)"
      gcc -O2 -g -o greeting greeting.c
      """
    try place.write(Greeting.spec(build: show), to: "greeting.spec")
    let output = try await place.builder.build(place.request(base: base))
    let log = try String(contentsOfFile: place.folder.appending(output.log).string, encoding: .utf8)
    #expect(log.contains("host azl-build home /root lang C"))
    #expect(log.contains("tz UTC user 0 clock 1700000000"))
    #expect(log.contains("devices 1 resolv  names 0"))
  }

  @Test func aPackageBuiltHereIsPartOfAnotherRootAndReplacesItsElderSelf() async throws {
    let elder = try await place.builder.build(place.request(base: base))
    let program = try #require(elder.rpms.first { $0.nevra.name == "greeting" })
    try place.write(
      Greeting.spec(build: "greeting > said; gcc -O2 -g -o greeting greeting.c"), to: "greeting.spec")
    var request = try await place.request(base: base)
    request.extra = [program]
    _ = try await place.builder.build(request)

    // a base that holds the package already, and the same version with other content on top
    request.base = base + [program]
    let other = try #require(elder.rpms.first { $0.nevra.name == "greeting-common" })
    request.extra = [program, other]
    _ = try await place.builder.build(request)
  }

  @Test func aCompilerErrorIsFoundAmongWhatFollowsIt() async throws {
    try place.write("#include <missing/part.h>\nint main(void) { return 0; }\n", to: "greeting.c")
    try place.write(Greeting.spec(build: "gcc greeting.c || { echo later; false; }"), to: "greeting.spec")
    let failure = try await failure(place.request(base: base))
    #expect(failure.stage == .build)
    #expect(failure.message == "greeting.c:1:10: fatal error: missing/part.h: No such file or directory")
    #expect(failure.file == "greeting.c" && failure.line == 1)
    #expect(failure.hint == .missing(.header("missing/part.h")))
    let log = try String(contentsOfFile: place.folder.appending(failure.log).string, encoding: .utf8)
    #expect(
      log.split(separator: "\n", omittingEmptySubsequences: false)[failure.logLine - 1] == failure.message)
    #expect(failure.reproduce == ["sh", failure.log.replacing("build.log", with: "command")])
  }

  @Test func aPatchThatDoesNotApplyIsNamedWithFileAndHunk() async throws {
    let patch = """
      --- a/greeting.c
      +++ b/greeting.c
      @@ -1,2 +1,2 @@
       #include <nothing.h>
      -int main(int a) { return 1; }
      +int main(int a) { return 2; }

      """
    try place.write(patch, to: "0001-change.patch")
    try place.write(
      Greeting.spec(prep: "cp %{SOURCE0} .\n%patch0 -p1", patch: "Patch0: 0001-change.patch"),
      to: "greeting.spec")
    let failure = try await failure(place.request(place.info(patches: ["0001-change.patch"]), base: base))
    #expect(failure.stage == .prep)
    #expect(failure.hint == .patchDoesNotApply(patch: "0001-change.patch", file: "greeting.c", hunk: 1))
  }

  @Test func unpackagedMissingFilesAndCommandsAreNamed() async throws {
    try place.write(
      Greeting.spec(
        install: "install -D greeting %{buildroot}/usr/bin/greeting\ntouch %{buildroot}/usr/bin/other"),
      to: "greeting.spec")
    let unpackaged = try await failure(place.request(base: base))
    #expect(unpackaged.hint == .unpackagedFiles(["/usr/bin/other"]))

    try place.write(Greeting.spec(files: "/usr/bin/greeting\n/usr/bin/absent"), to: "greeting.spec")
    let absent = try await failure(place.request(base: base))
    #expect(absent.stage == .files)
    #expect(absent.hint == .missingPackagedFile("/usr/bin/absent"))

    try place.write(Greeting.spec(build: "no-such-program --version"), to: "greeting.spec")
    let command = try await failure(place.request(base: base))
    #expect(command.hint == .missing(.command("no-such-program")))
    #expect(command.stage == .build)
  }

  @Test func aSpecThatDoesNotParseNamesFileAndLine() async throws {
    try place.write(Greeting.spec().replacing("License: MIT", with: "Lisence: MIT"), to: "greeting.spec")
    let failure = try await failure(place.request(base: base))
    #expect(failure.stage == .srpm)
    #expect(failure.file == "SPECS/greeting/greeting.spec" && failure.line == 6)
  }

  @Test func cancellingLeavesNothing() async throws {
    try place.write(Greeting.spec(build: "echo waiting; sleep 1000"), to: "greeting.spec")
    let request = try await place.request(base: base)
    let (began, signal) = AsyncStream<Void>.makeStream()
    let builder = PackageBuilder(layers: place.layers) { activity in
      if activity == .step(subject: "greeting", "%build") { signal.yield() }
    }
    let task = Task { try await builder.build(request) }
    for await _ in began { break }
    task.cancel()
    let error = await #expect(throws: PackagesError.self) { try await task.value }
    guard case .interrupted = error else { throw try #require(error) }
    #expect(try scratch.isEmpty)
  }

  @Test func aRootWithoutRpmbuildIsSaidSo() async throws {
    let poor = base.filter { $0.nevra.name == "filesystem" }
    let request = try await place.request(base: poor)
    let error = await #expect(throws: PackagesError.self) { try await place.builder.build(request) }
    guard case .buildRootLacks("greeting", "/usr/bin/rpmbuild") = error else { throw try #require(error) }
    #expect(error?.exitCode == .environment)
  }

  @Test(.enabled(if: geteuid() == 0, "mounting a small file system needs root"))
  func aFullDiskIsSaidSoAndNothingIsPublished() async throws {
    // the base layer is made before the disk gets small
    let published = try await place.builder.build(place.request(base: base)).published
    for name in published {
      try FileManager.default.removeItem(atPath: place.workspace.out.appending(name).string)
    }
    let scratch = place.workspace.scratch.string
    try await Command(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", scratch]).check()
    defer { umount2(scratch, Int32(MNT_DETACH)) }
    // the program that meets the end removes what it wrote, as compilers do
    let fill = "dd if=/dev/zero of=big bs=1M count=100 || { rm big; exit 1; }"
    try place.write(Greeting.spec(build: fill), to: "greeting.spec")
    let request = try await place.request(base: base, previous: published)
    let error = await #expect(throws: PackagesError.self) { try await place.builder.build(request) }
    guard case .diskFull(spec: "greeting", path: scratch, _) = error else { throw try #require(error) }
    #expect(error?.exitCode == .environment)
    for name in published {
      #expect(!FileManager.default.fileExists(atPath: place.workspace.out.appending(name).string))
    }
    #expect(try self.scratch.isEmpty)
  }
}
