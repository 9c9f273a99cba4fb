import ArgumentParser
import AzureLinux
import Foundation
import Images
import SystemPackage
import Terminal

extension ImageCommand {
  struct MetaUserData: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "meta-user-data",
      abstract: "Build the disk from which cloud-init configures a guest.",
      discussion: """
        An ISO with the label cidata, of the files user-data and meta-data in a folder: .azldev/out/images/meta-user-data.iso.
        A key takes the place of "ssh-rsa <YOUR SSH KEY HERE>" in user-data; certificate, key and CA go to /etc/tdnf of
        the guest.

          azl-dev image meta-user-data toolkit/resources/assets/meta-user-data --ssh-key ~/.ssh/id_ed25519.pub
        """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Folder with user-data and meta-data.")
    var folder: String
    @Option(help: ArgumentHelp("Public key of who may log in.", valueName: "file"))
    var sshKey: String?
    @Option(help: ArgumentHelp("Client certificate of the guest's package manager.", valueName: "file"))
    var cert: String?
    @Option(help: ArgumentHelp("The key of the certificate.", valueName: "file"))
    var key: String?
    @Option(help: ArgumentHelp("Certificate of the servers' authority.", valueName: "file"))
    var ca: String?

    func validate() throws {
      let given = [cert, key, ca].compactMap { $0 }.count
      if given != 0, given != 3 { throw ValidationError("--cert, --key and --ca go together") }
    }

    func run() async throws {
      let view = BuildProgress(json: common.json)
      let bench = try await Workbench.open(common, access: .write, progress: view)
      let source = bench.here(folder)
      var disk = Images.MetaUserData(
        userData: try Self.text(source.appending("user-data")),
        metaData: try Self.text(source.appending("meta-data")),
        timestamp: Int(bench.lock.identity.sourceDateEpoch))
      if let sshKey {
        guard let changed = disk.with(key: try Self.text(bench.here(sshKey))) else {
          throw TreeError.unreadable(
            source.appending("user-data").string,
            "has no place for a key: \"\(Images.MetaUserData.placeholder)\"")
        }
        disk = changed
      }
      let credentials = try [cert, key, ca].compactMap { $0 }.map { name in
        let path = bench.here(name)
        return Images.MetaUserData.Credential(
          name: path.lastComponent?.string ?? "", content: Data(try Self.text(path).utf8))
      }
      if !credentials.isEmpty {
        guard let changed = disk.with(credentials) else {
          throw TreeError.unreadable(
            source.appending("user-data").string,
            "cannot take certificates: it has no line \"#cloud-config\", or a list write_files of its own")
        }
        disk = changed
      }
      let output = bench.workspace.out.appending("images")
      try await disk.write(to: output, scratch: bench.workspace.scratch)
      view.end()
      let shown = ".azldev/out/images/\(Images.MetaUserData.fileName)"
      if common.json {
        var report = MakeReport(target: "meta-user-data")
        report.result = "done"
        report.written = [shown]
        return try Output.json(report)
      }
      Output.lines([Output.style.fact("Wrote", shown)])
    }

    private static func text(_ path: FilePath) throws -> String {
      do { return try String(contentsOfFile: path.string, encoding: .utf8) } catch {
        throw TreeError.unreadable(path.string, "it cannot be read as text: \(error.localizedDescription)")
      }
    }
  }
}
