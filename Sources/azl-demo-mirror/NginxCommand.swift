import ArgumentParser
import Foundation
import SystemPackage

struct NginxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nginx", abstract: "Writes a configuration that serves a mirror over HTTP on this machine.",
    discussion: """
      Prints the command that runs it: nginx in the foreground, on the loopback address only, as any user,
      with every file that it writes below --prefix.
      """)

  @Option(help: "Folder to serve.")
  var root: String

  @Option(help: "TCP port on 127.0.0.1.")
  var port: Int

  @Option(help: "Folder for the configuration, logs and temporary files.")
  var prefix: String

  func validate() throws {
    guard (1...65_535).contains(port) else { throw ValidationError("--port must be between 1 and 65535") }
  }

  func run() async throws {
    try await finish {
      let folder = absolute(prefix)
      try FileManager.default.createDirectory(
        atPath: folder.appending("temporary").string, withIntermediateDirectories: true)
      let file = folder.appending("nginx.conf")
      try Data(NginxConfiguration.text(root: absolute(root), port: port, prefix: folder).utf8)
        .write(to: URL(filePath: file.string), options: .atomic)
      print(NginxConfiguration.command(prefix: folder))
    }
  }
}
