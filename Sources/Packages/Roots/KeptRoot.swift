import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// A build root with all that a build wrote in it, kept to be looked into.
package struct KeptRoot: Hashable, Codable, Sendable {
  package enum Kind: String, Codable, Sendable {
    /// Of a build that failed.
    case failed
    /// Made for a shell; goes with it.
    case shell
  }

  /// Of its folder in `store/roots`.
  package var name: String
  package var kind: Kind
  package var spec: String
  package var purpose: BuildRequest.Purpose
  /// Where the build failed.
  package var stage: BuildStage?
  package var layer: RootLayer
  /// The clock inside.
  package var epoch: Int64
  package var madeAt: Date
  /// On disk, without the layers beneath.
  package var bytes: Int64

  package init(
    name: String, kind: Kind, request: BuildRequest, stage: BuildStage?, layer: RootLayer, bytes: Int64 = 0
  ) {
    self.name = name
    self.kind = kind
    spec = request.spec.id
    purpose = request.purpose
    self.stage = stage
    self.layer = layer
    epoch = request.identity.sourceDateEpoch
    madeAt = Date()
    self.bytes = bytes
  }

  package func scratch(in workspace: Workspace) -> BuildScratch {
    BuildScratch(name: name, on: layer, in: workspace, place: .roots)
  }

  /// The build's own environment and mounts.
  ///
  /// - Parameter terminal: what a shell on a terminal has besides; nil for a command.
  package func confinement(in workspace: Workspace, terminal: String?) -> Confinement {
    var confinement = RPMBuildArguments.confinement(
      scratch: scratch(in: workspace), epoch: epoch, bounds: RootBounds())
    confinement.workingDirectory = FilePath(RPMBuildArguments.topdir)
    if let terminal {
      confinement.ownSession = false
      confinement.environment["TERM"] = terminal
      confinement.environment["PS1"] = "[\(spec)\(stage.map { " \($0)" } ?? "")] \\w\\$ "
    }
    return confinement
  }
}
