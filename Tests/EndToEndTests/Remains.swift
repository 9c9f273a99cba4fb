import Foundation
import Sandbox
import SystemPackage
import Testing

/// What a run left in the world besides its results.
struct Remains {
  let tree: DemoTree

  /// Processes that name the tree, or that see a part of it mounted: that is every process in a build root of it.
  func processes() -> [String] {
    let own = "\(getpid())"
    return entries("/proc").filter { Int($0) != nil && $0 != own }.compactMap { id in
      let mounts = proc("\(id)/mountinfo")
      let text = proc("\(id)/cmdline").replacing("\0", with: " ")
      let name = tree.path.lastComponent?.string ?? ""
      return text.contains(name) || mounts.contains(name) ? "\(id) \(text)" : nil
    }
  }

  /// By handle: what Foundation reads by path ends after a page of such a file.
  private func proc(_ name: String) -> String {
    let data = FileHandle(forReadingAtPath: "/proc/\(name)")?.readDataToEndOfFile()
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  func mounts() -> [String] {
    proc("self/mountinfo").split(separator: "\n").map(String.init).filter { $0.contains(tree.path.string) }
  }

  /// Files of `out/` that are not whole RPMs.
  func halfWritten() async throws -> [String] {
    let files = outFiles().map { tree.file(".azldev/out").appending($0) }
    let strange = files.filter { $0.extension != "rpm" }.map(\.string)
    let rpms = files.filter { $0.extension == "rpm" }.map(\.string)
    guard !rpms.isEmpty else { return strange }
    let checked = try await Command(["rpmkeys", "--checksig", "--nosignature"] + rpms).run()
    return strange + (checked.isSuccess ? [] : [checked.text])
  }

  /// Nothing of it: a run that was interrupted tidies up before it ends. Parse workers, which have nothing to tidy,
  /// are left to the kernel, as everything is after a kill.
  func expectNothing(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    _ = try await Host.eventually(within: .seconds(5)) { processes().isEmpty }
    #expect(processes() == [], sourceLocation: sourceLocation)
    #expect(mounts() == [], sourceLocation: sourceLocation)
    #expect(try await halfWritten() == [], sourceLocation: sourceLocation)
    #expect(scratch() == [], sourceLocation: sourceLocation)
  }

  /// The kernel ends what a killed run had started; that takes it a moment.
  func expectNothingSoon(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    _ = try await Host.eventually(within: .seconds(5)) { processes().isEmpty }
    #expect(processes() == [], sourceLocation: sourceLocation)
    #expect(mounts() == [], sourceLocation: sourceLocation)
    #expect(try await halfWritten() == [], sourceLocation: sourceLocation)
  }

  /// Nor a mount, nor a temporary folder.
  func expectNoProcess(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    _ = try await Host.eventually(within: .seconds(5)) { processes().isEmpty }
    #expect(processes() == [] && mounts() == [] && scratch() == [], sourceLocation: sourceLocation)
  }

  private func scratch() -> [String] { entries(tree.file(".azldev/store/scratch").string) }

  private func outFiles() -> [String] {
    let out = tree.file(".azldev/out").string
    let all = FileManager.default.enumerator(atPath: out)?.compactMap { $0 as? String } ?? []
    var isFolder: ObjCBool = false
    return all.sorted().filter {
      FileManager.default.fileExists(atPath: "\(out)/\($0)", isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  private func entries(_ folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// File, inode and time of all results: equal when no file was touched.
  func outState() -> [String: [Int]] {
    var state: [String: [Int]] = [:]
    for name in outFiles() {
      var facts = stat()
      guard stat(tree.file(".azldev/out").appending(name).string, &facts) == 0 else { continue }
      let time = facts.st_mtim
      state[name] = [Int(facts.st_ino), Int(facts.st_size), time.tv_sec, time.tv_nsec]
    }
    return state
  }
}
