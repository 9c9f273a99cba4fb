import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport

/// A package made by rpmbuild for a test.
struct TestPackage {
  var name: String
  /// Paths with their contents, as printf reads them.
  var files: [(String, String)] = []
  /// Links with what they lead to.
  var links: [(String, String)] = []
  /// Paths with the files of this machine that they are copied from.
  var copies: [(String, FilePath)] = []
  /// What is run after it has been installed; `%post` with its interpreter.
  var scriptlet = ""
  /// What must be there before the scriptlet runs.
  var requires: String?
  var defines: [String] = []

  init(_ name: String, files: [(String, String)] = []) {
    self.name = name
    self.files = files
  }

  private var install: [String] {
    func folder(_ path: String) -> String {
      "install -d %{buildroot}\(FilePath(path).removingLastComponent())"
    }
    return files.map { "\(folder($0.0))\nprintf '\($0.1)' > %{buildroot}\($0.0)" }
      + links.map { "\(folder($0.0))\nln -s '\($0.1)' %{buildroot}\($0.0)" }
      + copies.map { "\(folder($0.0))\ninstall -m 0755 \($0.1) %{buildroot}\($0.0)" }
  }

  func build(in place: TemporaryFolder) async throws -> RPMFile {
    let top = place.path.appending("rpmbuild-\(name)")
    try FileManager.default.createDirectory(atPath: top.string, withIntermediateDirectories: true)
    let spec = """
      %global debug_package %{nil}
      %global __os_install_post %{nil}
      Name: \(name)
      Version: 1
      Release: 1
      Summary: x
      License: MIT
      AutoReqProv: no
      \(requires.map { "Requires(pre,post): \($0)" } ?? "")
      %description
      %install
      \(install.joined(separator: "\n"))
      \(scriptlet)
      %files
      \((files.map(\.0) + links.map(\.0) + copies.map(\.0)).joined(separator: "\n"))
      """
    let path = top.appending("\(name).spec")
    try Data(spec.utf8).write(to: URL(filePath: path.string))
    let defines = (["_topdir \(top)", "_rpmdir \(top)"] + defines).flatMap { ["--define", $0] }
    try await Command(["rpmbuild", "-bb", "--nodeps", "--target", "x86_64"] + defines + [path.string]).check()
    return try RPMFile(name, at: top.appending("x86_64/\(name)-1-1.x86_64.rpm"))
  }

  /// A shell and everything that a script may want, for scriptlets.
  static func shell(in place: TemporaryFolder) async throws -> RPMFile {
    var package = TestPackage("shell")
    package.copies = [("/bin/busybox", "/bin/busybox")]
    package.links = ["sh", "cat", "ln", "mkdir", "mv", "rm", "touch"].map { ("/bin/\($0)", "busybox") }
    return try await package.build(in: place)
  }

  static let hasShell = FileManager.default.isExecutableFile(atPath: "/bin/busybox")
}

extension RPMFile {
  init(_ name: String, at path: FilePath) throws {
    self.init(
      nevra: NEVRA(name: name, evr: EVR(version: "1", release: "1"), arch: "x86_64"), path: path.string,
      digest: try Digest.of(file: path), size: 0)
  }
}
