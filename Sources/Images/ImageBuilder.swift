import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// What an image is made of. Equal requests give equal disks.
package struct ImageRequest: Hashable, Sendable {
  package var configuration: ImageConfiguration
  /// Relative paths in the configuration start here.
  package var folder: FilePath
  /// Verified; everything that belongs together.
  package var rpms: [RPMFile]
  /// Part of the artifacts' names, as upstream.
  package var releaseVersion: String
  package var buildNumber: String
  /// Seconds since 1970: the image's present.
  package var timestamp: Int

  package init(
    configuration: ImageConfiguration, folder: FilePath, rpms: [RPMFile], releaseVersion: String,
    buildNumber: String, timestamp: Int
  ) {
    self.configuration = configuration
    self.folder = folder
    self.rpms = rpms
    self.releaseVersion = releaseVersion
    self.buildNumber = buildNumber
    self.timestamp = timestamp
  }

  /// Files of the tree that the image reads besides the configuration and its package lists, with the keys that name
  /// them; relative to `folder` or absolute.
  package var files: [(key: String, path: String)] {
    let system = configuration.system
    return system.additionalFiles.map { ("AdditionalFiles", $0.source) }
      + system.postInstallScripts.map { ("PostInstallScripts", $0.path) }
      + system.finalizeImageScripts.map { ("FinalizeImageScripts", $0.path) }
  }

  func place(of path: String) -> FilePath { folder.pushing(FilePath(path)) }

  func identity() throws(ImageError) -> ImageIdentity {
    var inputs = rpms.map { "rpm \($0.digest)" }
    inputs += ["release \(releaseVersion)", "build \(buildNumber)", "time \(timestamp)"]
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      inputs.append("configuration \(Digest.of(try encoder.encode(configuration)))")
    } catch {
      throw .file(folder, doing: "describe the configuration of", reason: error.localizedDescription)
    }
    for (key, path) in files {
      do {
        inputs.append("file \(path) \(try Digest.of(file: place(of: path)))")
      } catch let error as Errno where error == .noSuchFileOrDirectory {
        throw .fileMissing(path, key: key)
      } catch {
        throw .file(place(of: path), doing: "read", reason: String(describing: error))
      }
    }
    return ImageIdentity(inputs: inputs)
  }
}

/// Builds disk images as any user, with no loop device and no mount on the machine.
package struct ImageBuilder: Sendable {
  /// For everything that is not the result; each build has its own folder in it and removes it.
  package var scratch: FilePath
  package var privilege: Privilege

  package init(scratch: FilePath, privilege: Privilege = .current) {
    self.scratch = scratch
    self.privilege = privilege
  }

  /// Leaves the artifacts, the kernel and `image.json` in `output`, each under its name only when it is whole.
  package func build(
    _ request: ImageRequest, output: FilePath, log: FilePath, report: @escaping ActivityReport = { _ in }
  ) async throws(ImageError) -> ImageManifest {
    let identity = try request.identity()
    let work = scratch.appending("image-\(UUID().uuidString.lowercased())")
    let run = ImageRun(
      request: request, identity: identity, layout: DiskLayout(request.configuration, identity: identity),
      work: work, steps: ImageSteps(privilege: privilege, log: log), report: report)
    do {
      try run.prepare(output: output, log: log)
      let manifest = try await run.build(output: output)
      await run.steps.remove(work)
      return manifest
    } catch {
      await run.steps.remove(work)
      let space = try? DiskSpace(of: scratch)
      if let space, space.isExhausted { throw .diskFull(scratch, available: space.available) }
      throw error as? ImageError ?? .sandbox(.wrap(error))
    }
  }
}
