package dev.agentos.identity;

import dev.agentos.tenancy.SubjectNames;
import dev.agentos.tenancy.Subjects;
import dev.agentos.tenancy.TenantId;
import java.util.Optional;

/** Keeps who people are, here and at an identity provider, and the digests of the invitations to them. */
public interface AccountStore extends Subjects, SubjectNames {

    /**
     * Keeps that a subject of the provider is that person, whoever it was before. With the first one the provider
     * vouches for them, and it is not known who has set a password before: it is taken away, and their logins end, save
     * from an active member of the platform.
     *
     * @return whether a password was taken away
     */
    boolean link(String subject, String user);

    /** The account of that e-mail address, in lower case. */
    Optional<Account> findByEmail(String email);

    /** The account of that id. */
    Optional<Account> find(String id);

    /**
     * Sets the password's hash and ends all logins of the person; false, and nothing is done, when the present one is
     * not that any more.
     */
    boolean changePassword(String id, String present, String hash);

    /**
     * Whether an invitation to there may let somebody set the first password of that person: they have none, no subject
     * of the provider is theirs, they have come nowhere else, and the platform asks them nothing else.
     */
    boolean choosesPassword(String id, Optional<TenantId> tenant);

    /** Keeps an invitation by the digest of its token, in the place of any other of that person there. */
    void invite(Invitation invitation, String digest);

    /** The invitation of that digest, even when it has ended. */
    Optional<Invitation> findInvitation(String digest);

    /** Takes an invitation away; false when somebody else has done so. */
    boolean takeInvitation(String digest);

    /**
     * Takes an invitation away and sets the password's hash; false, and nothing is done, when somebody else has taken
     * it or the person does not {@linkplain #choosesPassword choose} one any more.
     */
    boolean takeInvitation(String digest, String hash);

    /**
     * Takes an invitation away, sets the password's hash and ends all logins of the person; false, and nothing is done,
     * when somebody else has taken it.
     */
    boolean takeReset(String digest, String hash);
}
