import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// Upstream's targets about images that are no artifact: lists of packages, raw disks, and the cloud-init disk.
  @Suite(.serialized) struct MakeImage {
    private func names(_ tree: DemoTree, _ file: String) throws -> [String] {
      let data = Data(try tree.read(".azldev/out/imagegen/demo/\(file)").utf8)
      return try JSONDecoder().decode(PackageSummary.self, from: data).packages.map(\.fileName)
    }

    private func make(_ tree: DemoTree, _ words: String...) async throws {
      let output = try await tree.azl(
        ["make"] + words + ["CONFIG_FILE=imageconfigs/demo.json", "REBUILD_PACKAGES=n"])
      #expect(output.status == 0, "\(words): \(output.all)")
    }

    @Test func whatAnImageTakesIsListed() async throws {
      try await DemoTree.with { tree in
        try await make(tree, "fetch-image-packages")
        let all = try names(tree, "image_deps.json")
        #expect(all.contains { $0.hasPrefix("liblantern-") } && all.contains { $0.hasPrefix("grub2-pc-") })
        try await make(tree, "fetch-external-image-packages")
        let external = try names(tree, "image_external_deps.json")
        #expect(
          external.contains { $0.hasPrefix("bash-") } && !external.contains { $0.hasPrefix("liblantern-") })
        #expect(Set(external).isSubset(of: all))

        try await make(
          tree, "make-raw-image", "IMAGE_CACHE_SUMMARY=.azldev/out/imagegen/demo/image_deps.json")
        let disk = tree.path.appending(".azldev/out/imagegen/demo/imager_output/disk0.raw").string
        #expect(FileManager.default.fileExists(atPath: disk))
        #expect(Set(try names(tree, "image_pkg_manifest.json")).isSubset(of: all))
        try tree.edit(".azldev/out/imagegen/demo/image_deps.json", "\"bash\"", "\"bosh\"")
        let unlisted = try await tree.azl(
          "image", "build", "imageconfigs/demo.json", "--from-summary",
          ".azldev/out/imagegen/demo/image_deps.json")
        #expect(unlisted.status == 2 && unlisted.err.contains("the image needs bash, and"), "\(unlisted.all)")

        let licences = try await tree.azl(
          "make", "license-check-img", "CONFIG_FILE=imageconfigs/demo.json",
          "LICENSE_CHECK_NAME_FILE=names.json")
        #expect(licences.status == 2, "\(licences.all)")
        try tree.write("names.json", #"{"FuzzyLicenseNamesRegexList": ["(?i).*copying.*"]}"#)
        let checked = try await tree.azl(
          "make", "license-check-img", "CONFIG_FILE=imageconfigs/demo.json",
          "LICENSE_CHECK_NAME_FILE=names.json",
          "--json")
        #expect(checked.out.contains("imagegen/demo/license_check_results.json"), "\(checked.all)")

        let cleaned = try await tree.azl("make", "clean-imagegen")
        #expect(cleaned.status == 0 && cleaned.out.contains(".azldev/out/imagegen"), "\(cleaned.all)")
        #expect(!FileManager.default.fileExists(atPath: tree.path.appending(".azldev/out/imagegen").string))
      }
    }

    @Test func aCloudInitDiskIsWhatItsFilesSay() async throws {
      try await DemoTree.with { tree in
        try FileManager.default.createDirectory(
          atPath: tree.path.appending("cloud").string, withIntermediateDirectories: true)
        try tree.write("cloud/meta-data", "local-hostname: lantern\n")
        try tree.write(
          "cloud/user-data",
          "#cloud-config\nusers:\n - ssh_authorized_keys:\n    - ssh-rsa <YOUR SSH KEY HERE>\n")
        try tree.write("key.pub", "ssh-ed25519 AAAA me\n")
        for name in ["cert.pem", "key.pem", "ca.pem"] { try tree.write(name, "\(name) in it\n") }
        let made = try await tree.azl(
          "make", "meta-user-data", "META_USER_DATA_DIR=cloud", "SSH_KEY_FILE=key.pub", "TLS_CERT=cert.pem",
          "TLS_KEY=key.pem", "CA_CERT=ca.pem")
        #expect(made.status == 0, "\(made.all)")
        let iso = tree.path.appending(".azldev/out/images/meta-user-data.iso")
        let first = try Data(contentsOf: URL(filePath: iso.string))
        #expect(String(decoding: first[32808..<32814], as: UTF8.self) == "cidata")
        let folder = tree.path.appending("seen")
        try await Command([
          "xorriso", "-no_rc", "-osirrox", "on", "-indev", iso.string, "-extract", "/", folder.string,
        ]).check()
        #expect(try tree.read("seen/meta-data") == "local-hostname: lantern\n")
        let user = try tree.read("seen/user-data")
        #expect(user.hasPrefix("#cloud-config\nwrite_files:\n- encoding: b64\n  content: "))
        #expect(user.contains("    - ssh-ed25519 AAAA me\n") && user.contains("path: /etc/tdnf/ca.pem\n"))
        #expect(user.contains(Data("key.pem in it\n".utf8).base64EncodedString()))

        let again = try await tree.azl(
          "image", "meta-user-data", "cloud", "--ssh-key", "key.pub", "--cert", "cert.pem", "--key",
          "key.pem",
          "--ca", "ca.pem")
        #expect(again.status == 0)
        #expect(try Data(contentsOf: URL(filePath: iso.string)) == first)
        try tree.write("cloud/user-data", "#cloud-config\n")
        let placeless = try await tree.azl("image", "meta-user-data", "cloud", "--ssh-key", "key.pub")
        #expect(placeless.status == 2 && placeless.err.contains("has no place for a key"), "\(placeless.all)")
        #expect(try Data(contentsOf: URL(filePath: iso.string)) == first)
      }
    }
  }
}
