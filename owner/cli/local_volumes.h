// LocalVolumes: the volumes of a program that is started without a session. Their keys and states are in a store in the
// user's home, by the files that the volumes are in. For one enclave; one call at a time.
#pragma once

#include "owner/cas/store.h"

namespace farl::owner {

class LocalVolumes {
public:
    enum class Accept : bool { Newest, Any };

    // `files` by the names that the startup configuration has. Throws DatabaseError.
    LocalVolumes(std::string const& directory, ByName<std::string> files, Accept accept);

    // For the enclave with this key, into the records of volumes in `startup`, which are there. Or why not.
    std::optional<Denial> fill_in(Secret& startup, VolumeHolder const& holder);
    std::optional<Denial> keep(StateToKeep const& wanted, VolumeHolder const& holder);
    // What is known of the volume in a file, for its owner; and another key for it, as VolumeBook::renew. Throw
    // StoreRefusal, DatabaseError.
    static VolumeRecord of_file(std::string const& directory, std::string const& file);
    static void renew(std::string const& directory, std::string const& file, VolumeRenewal const& renewal);

    // The enclave has ended.
    void give_back(Hash const& holder);

private:
    Store store_;
    ByName<std::string> files_;
    Accept accept_;
    ByName<Volume> wanted_; // by file
};

} // namespace farl::owner
