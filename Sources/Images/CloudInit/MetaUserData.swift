import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// The disk from which cloud-init takes `user-data` and `meta-data`: an ISO with the label that it looks for.
package struct MetaUserData: Hashable, Sendable {
  /// A file that goes into the guest's `/etc/tdnf`.
  package struct Credential: Hashable, Sendable {
    package var name: String
    package var content: Data

    package init(name: String, content: Data) {
      self.name = name
      self.content = content
    }
  }

  package static let fileName = "meta-user-data.iso"
  package static let files = ["meta-data", "user-data"]
  /// What upstream's `user-data` has where a key belongs.
  package static let placeholder = "ssh-rsa <YOUR SSH KEY HERE>"
  private static let head = "#cloud-config"

  package var userData: String
  package var metaData: String
  /// Seconds since 1970; of every file, and of the volume.
  package var timestamp: Int

  package init(userData: String, metaData: String, timestamp: Int) {
    self.userData = userData
    self.metaData = metaData
    self.timestamp = timestamp
  }

  /// nil where there is no place for it.
  package func with(key: String) -> MetaUserData? {
    guard userData.contains(Self.placeholder) else { return nil }
    var copy = self
    copy.userData = userData.replacing(
      Self.placeholder, with: key.trimmingCharacters(in: .whitespacesAndNewlines))
    return copy
  }

  /// nil where `user-data` is no cloud-config, or writes files itself: a second list of them would take the place of
  /// the first.
  package func with(_ credentials: [Credential]) -> MetaUserData? {
    let lines = userData.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: { $0 == Self.head }),
      !lines.contains(where: { $0.hasPrefix("write_files:") })
    else { return nil }
    var copy = self
    let block =
      ["write_files:"]
      + credentials.flatMap { file in
        [
          "- encoding: b64", "  content: \(file.content.base64EncodedString())",
          "  path: /etc/tdnf/\(file.name)",
          "  permissions: '0644'",
        ]
      }
    copy.userData = (lines[...start].map(String.init) + block + lines[(start + 1)...].map(String.init))
      .joined(separator: "\n")
    return copy
  }

  /// Pure.
  static func iso(of folder: FilePath, to file: FilePath, timestamp: Int) -> [String] {
    [
      "xorriso", "-no_rc", "-as", "mkisofs", "-quiet", "-o", file.string, "-volid", "cidata", "-joliet",
      "-rock",
      "-uid", "0", "-gid", "0",
      "--modification-date=\(InstallerMedium(timestamp: timestamp, title: "").digits)",
    ] + files.map { folder.appending($0).string }
  }

  /// - Parameter folder: gets the ISO, under its name only when it is whole.
  package func write(to folder: FilePath, scratch: FilePath) async throws(ImageError) {
    let work = scratch.appending("cidata-\(UUID().uuidString.lowercased())")
    let medium = InstallerMedium(timestamp: timestamp, title: "")
    defer { try? FileManager.default.removeItem(atPath: work.string) }
    do {
      for folder in [work, folder] {
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      }
      for (name, text) in zip(Self.files, [metaData, userData]) {
        try Data(text.utf8).write(to: URL(filePath: work.appending(name).string))
      }
      let output = OutputFolder(path: folder)
      let commands =
        medium.settle(work) + [
          Self.iso(of: work, to: output.aside(Self.fileName), timestamp: timestamp)
        ]
      for command in commands {
        try await Command(command, environment: medium.environment, cleanEnvironment: true).check()
      }
      try output.publish(Self.fileName)
    } catch {
      OutputFolder(path: folder).discardUnfinished()
      throw error as? ImageError ?? .sandbox(.wrap(error))
    }
  }
}
