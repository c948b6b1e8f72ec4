export const invitation = {
  title: 'Your invitation',
  intro: 'You were invited.',
  lead: 'Set the password by which you sign in from now on.',
  passwordHint: '12 characters at least. If you have a password here already, from another tenant, give that one.',
  tooShort: 'This has fewer than 12 characters.',
  again: 'The password once more',
  differs: 'This is not the same.',
  accept: 'Set it and sign in',
  until: (time: string) => `The invitation is good once, until ${time}.`,
  gone: 'This invitation is good no more',
  goneDetail: 'It was used, it has expired, a newer one took its place, or you may do more now than when it was made. If you have set a password already, sign in with it; else ask whoever invited you for another invitation.',
  toSignIn: 'To the sign-in',
};
