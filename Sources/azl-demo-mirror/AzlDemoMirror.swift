import ArgumentParser
import AzureLinux
import Foundation
import Sandbox
import SystemPackage

@main
struct AzlDemoMirror: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "azl-demo-mirror",
    abstract: "Makes an RPM mirror with the layout of packages.microsoft.com out of Debian's packages.",
    subcommands: [BuildMirror.self, NginxConfiguration.self])
}

struct BuildMirror: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Makes the mirror, or does nothing when it is up to date.")

  @Option(help: "Folder of the mirror.") var out: String
  @Option(help: "The tree whose specs are published in it.") var tree = "."
  @Option(help: "Where downloads and converted packages are kept between runs.") var cache: String?
  @Option(help: "Packages made at a time.") var jobs = 2

  func run() async throws {
    let cache = cache ?? ProcessInfo.processInfo.environment["AZL_DEMO_CACHE"]
      ?? NSHomeDirectory() + "/.cache/azl-dev/demo-mirror"
    let recipe = try Recipe(
      tree: absolute(tree), out: absolute(out), cache: absolute(cache), jobs: max(1, jobs))
    do {
      try await recipe.make()
    } catch let failure as any Failure {
      Progress.say("azl-demo-mirror: \(failure.description)")
      throw ArgumentParser.ExitCode(failure.exitCode.rawValue)
    }
  }

  private func absolute(_ path: String) -> FilePath { FilePath(URL(fileURLWithPath: path).path) }
}

struct NginxConfiguration: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nginx", abstract: "Prints a private nginx configuration that serves a mirror on loopback.")

  @Option(help: "Folder of the mirror.") var root: String
  @Option(help: "Port on 127.0.0.1.") var port: Int
  @Option(help: "Folder for nginx's own files; must exist.") var prefix: String

  func run() async throws {
    print(
      """
      daemon off;
      master_process off;
      pid \(prefix)/nginx.pid;
      error_log \(prefix)/error.log;
      events {}
      http {
        access_log \(prefix)/access.log;
        client_body_temp_path \(prefix);
        proxy_temp_path \(prefix);
        fastcgi_temp_path \(prefix);
        uwsgi_temp_path \(prefix);
        scgi_temp_path \(prefix);
        server {
          listen 127.0.0.1:\(port);
          root \(root);
        }
      }
      """)
  }
}

/// Progress on standard error.
enum Progress {
  static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
