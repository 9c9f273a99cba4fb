// azl-demo-mirror makes a complete package mirror out of what Debian publishes and the demo tree's specs, so
// that azl-dev can be tried and tested on real RPMs. Nothing here is used by azl-dev itself.

import ArgumentParser
import AzureLinux
import Foundation
import Sandbox

@main
struct DemoMirror: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "azl-demo-mirror",
    abstract: "Makes the RPM mirror that the demo tree is built against.",
    discussion: """
      The mirror has the URL layout of packages.microsoft.com: base packages converted from Debian's, the
      demo tree's packages built from their specs, sources, manifests, signatures and the key they verify with.
      """,
    subcommands: [BuildCommand.self, NginxCommand.self])
}

extension AsyncParsableCommand {
  /// Runs `body` so that INT and TERM end its programs first, and a `Failure` becomes its message and exit code.
  func finish(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let work = Task { try await body() }
    let received = Interruption()
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        received.note(number)
        work.cancel()
      }
      source.resume()
      return source
    }
    defer { for source in sources { source.cancel() } }
    do {
      try await work.value
    } catch {
      if let number = received.signal { throw ArgumentParser.ExitCode(128 + number) }
      guard let failure = error as? any Failure else { throw error }
      Progress.write("error: \(failure)")
      throw ArgumentParser.ExitCode(failure.exitCode.rawValue)
    }
  }
}
